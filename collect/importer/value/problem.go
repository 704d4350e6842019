package value

import "perennial"

// Problem says why a cell was refused. The problems of this package are
// predeclared and shared: compare pointers or codes, never change one.
type Problem struct {
	Code     string         // stable, dotted, lower case: "id.ruined"
	Sentence perennial.Text // what is wrong
	Hint     perennial.Text // what to do
}

// AsError returns the problem as the one shape of an error.
func (p *Problem) AsError() *perennial.Error {
	return perennial.NewError(perennial.KindInvalid, p.Code, p.Sentence).WithHint(p.Hint)
}

// String returns the code, "" for no problem.
func (p *Problem) String() string {
	if p == nil {
		return ""
	}
	return p.Code
}

func problem(code, zh, en, hintZH, hintEN string) *Problem {
	return &Problem{Code: code, Sentence: perennial.Text{ZH: zh, EN: en}, Hint: perennial.Text{ZH: hintZH, EN: hintEN}}
}

// Problems of money and numbers.
var (
	MoneyEmpty = problem("money.empty", "金额为空。", "The amount is empty.",
		"补上金额，或删去这一行。", "Fill in the amount or remove the row.")
	MoneyFormat = problem("money.format", "这不是金额。", "This is not an amount of money.",
		"金额写作 1234.50；若用逗号作小数点，整列须一致。", "Write amounts as 1234.50; with a decimal comma the whole column must use it.")
	MoneyNotFinite = problem("money.not_finite", "金额是 NaN 或无穷大。", "The amount is NaN or infinite.",
		"多半是公式出错（如除以 0），改正后重新导出。", "A formula probably failed (a division by zero): correct it and export again.")
	MoneyOverflow = problem("money.overflow", "金额太大，无法记账。", "The amount is too large to be kept.",
		"检查这一列是否真是金额，而不是订单号或手机号。", "Check that the column holds amounts, not order numbers or phone numbers.")

	NumberEmpty = problem("number.empty", "数量为空。", "The number is empty.",
		"补上数量，或删去这一行。", "Fill in the number or remove the row.")
	NumberFormat = problem("number.format", "这不是数字。", "This is not a number.",
		"数量写作 2 或 1.5。", "Write quantities as 2 or 1.5.")
	NumberNotFinite = problem("number.not_finite", "数字是 NaN 或无穷大。", "The number is NaN or infinite.",
		"多半是公式出错（如除以 0），改正后重新导出。", "A formula probably failed (a division by zero): correct it and export again.")
	NumberOverflow = problem("number.overflow", "数字太大。", "The number is too large.",
		"检查这一列是否真是数量。", "Check that the column holds quantities.")
)

// Problems of dates.
var (
	DateEmpty = problem("date.empty", "日期为空。", "The date is empty.",
		"补上日期，或删去这一行。", "Fill in the date or remove the row.")
	DateFormat = problem("date.format", "看不懂这个日期。", "This is not a date that can be read.",
		"日期写作 2026-06-30 或 2026-06-30 08:26:00。", "Write dates as 2026-06-30 or 2026-06-30 08:26:00.")
	DateImpossible = problem("date.impossible", "日历上没有这一天或这一时刻。", "There is no such day or time of day.",
		"检查月、日、时、分；也可能日与月写反了。", "Check month, day, hour and minute; day and month may be swapped.")
	DatePlaceholder = problem("date.placeholder", "这是占位日期，不是真实日期。", "This is a placeholder, not a date.",
		"没有日期就留空。", "Leave the cell empty where there is no date.")
	DateRange = problem("date.range", "日期不在 1900 至 2199 年之间。", "The date is not between the years 1900 and 2199.",
		"检查年份。", "Check the year.")
	DateAmbiguous = problem("date.ambiguous", "分不清日在前还是月在前。", "It cannot be told whether day or month comes first.",
		"导出为 2026-06-30 这种写法，或指定日、月的次序。", "Export dates as 2026-06-30, or state the order of day and month.")
	DateZone = problem("date.zone", "时区缩写有多种含义。", "The abbreviation of the time zone has several meanings.",
		"写成 +08:00 这样的时差，或不写时区。", "Write an offset such as +08:00, or leave the zone out.")
)

// Problems of ids and yes-or-no.
var (
	IDEmpty = problem("id.empty", "编号为空。", "The id is empty.",
		"补上编号，或删去这一行。", "Fill in the id or remove the row.")
	IDRuined = problem("id.ruined", "编号已被 Excel 改成科学计数法，后面的数字丢失，无法还原。",
		"Excel has turned the id into scientific notation; its last digits are lost and cannot be restored.",
		"从原系统重新导出为 CSV，直接导入，不要用 Excel 打开再保存；若要编辑，先把该列设为“文本”格式再粘贴。",
		"Export it again as CSV and import that file without opening and saving it in Excel; to edit it, format the column as text before the values go in.")
	IDMasked = problem("id.masked", "编号被打码（如 138****8000），不能用来识别客户。",
		"The value is masked (as 138****8000) and cannot tell customers apart.",
		"换用会员号、买家 ID 等未打码的列，或导出未脱敏的文件。",
		"Use a column that is not masked, such as a member number, or export the file without masking.")
	IDBroken = problem("id.broken", "编号里有乱码。", "The id holds characters that were broken by a wrong encoding.",
		"检查文件编码，另存为 UTF-8 后再导入。", "Check the encoding of the file and save it as UTF-8.")
	BoolFormat = problem("bool.format", "这不是“是”或“否”。", "This is neither yes nor no.",
		"写作 是/否、true/false 或 1/0。", "Write yes/no, true/false or 1/0.")
)
