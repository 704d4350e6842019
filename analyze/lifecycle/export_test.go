package lifecycle

// What the tests of package lifecycle_test draw from.
var (
	DrawAnyHistory = drawAnyHistory
	DrawAnyRhythm  = drawAnyRhythm
	DrawAnyRules   = drawAnyRules

	DrawHistory = drawHistory
	DrawRhythm  = drawRhythm
	DrawRules   = drawRules
)
