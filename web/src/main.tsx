import { createRoot } from "react-dom/client";
import { startLang } from "./lang";
import { Root } from "./shell/root";
import { startTheme } from "./ui/theme";

startTheme();
startLang().then(() => {
  const root = document.getElementById("root");
  if (root) createRoot(root).render(<Root />);
});
