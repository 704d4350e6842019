package lifecycle

// What the tests of package lifecycle_test draw from.
var (
	DrawHistory = drawHistory
	DrawRhythm  = drawRhythm
	DrawRules   = drawRules
)
