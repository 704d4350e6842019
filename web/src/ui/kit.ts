// What the pages use of the component kit as it is.
export { App, Button, Checkbox, Dropdown, Input, Popover, Progress, Segmented, Select } from "antd";
