package imports

// module is the module path: the root package, the vocabulary.
const module = "perennial"

// vocabularyLines bounds the root package, tests apart. A vocabulary that grows
// beyond it has begun to do work that belongs to a stage.
const vocabularyLines = 1500

// rule says what the packages at and below a folder may import of this module,
// beside one another. Of the rules that fit a package the longest folder holds.
type rule struct {
	of  string   // folder, "." for the root package
	may []string // folders; "seams" stands for store without its engines
	why string
}

// rules is the whole table. A package that no rule fits breaks the test: a new
// stage begins with its line here.
var rules = []rule{
	{".", nil, "the vocabulary imports the standard library only"},
	{"internal", []string{"."}, "leaf packages serve every stage and know none"},
	{"store", []string{".", "internal", "seams"}, "a seam does not know its engines"},

	{"govern", []string{".", "internal", "seams"}, "stages meet in stored data, not in calls"},
	{"identity", []string{".", "internal", "seams", "govern"}, "identifiers are looked up and sealed by the vault"},
	{"collect", []string{".", "internal", "seams"}, "docs/decisions/0011: app joins an import to identity"},
	{"analyze", []string{".", "internal", "seams"}, "analyses read stored data"},
	{"predict", []string{".", "internal", "seams", "analyze"}, "predictions stand on analyses, never the other way round"},
	{"report", []string{".", "internal", "analyze", "predict"}, "a report shows results and fetches none"},
	{"api", []string{".", "internal", "seams", "collect", "identity", "govern", "analyze", "predict", "report"},
		"decode, call a stage, encode; what joins stages is app's and handed in"},
	{"web", nil, "files for browsers, and no Go beyond what holds them"},
	{"demo", []string{".", "internal", "analyze/history"}, "the simulated shop knows nothing of how it will be analysed"},

	// Pure mathematics: slices in, figures out.
	{"collect/importer/value", []string{"."}, "pure: reads cells"},
	{"analyze/history", []string{"."}, "pure: the data all analyses share"},
	{"analyze/metric", []string{".", "analyze/history"}, "pure"},
	{"analyze/rfm", []string{".", "analyze/history", "analyze/metric"}, "pure"},
	{"analyze/cohort", []string{".", "analyze/history"}, "pure"},
	{"analyze/lifecycle", []string{".", "analyze/history"}, "pure"},
	{"predict/numeric", nil, "pure: numbers only"},
	{"predict/clv", []string{".", "analyze/history", "predict/numeric"}, "pure"},
	{"predict/cluster", []string{".", "analyze/history", "predict/numeric"}, "pure"},

	{"config", []string{".", "internal"}, "settings are read by app and handed on as options"},
	{"app", []string{"..."}, "app alone sees everything and names concrete engines"},
	{"cmd", []string{
		".", "internal", "app", "api", "web", "config", "report", "demo",
		"collect", "identity", "govern", "analyze", "predict", "store/catalog",
	}, "a command decodes flags, calls app and shows the answer; engines are app's"},
}

// outside are programs for the maintainer and tests of the whole: no part of the
// product, so no stage may import them, and they may import everything.
var outside = []string{"scripts", "bench", "e2e"}

// engines are the only folders that import a database driver, and only app and
// tests import them.
var engines = []string{"store/warehouse/duckdb", "store/warehouse/clickhouse", "store/state/sqlite", "store/state/postgres"}

// drivers are what talks to a database, by import path.
var drivers = []string{
	"database/sql",
	"github.com/duckdb",
	"github.com/apache/arrow-go",
	"github.com/mattn/go-sqlite3",
	"github.com/ClickHouse",
	"github.com/jackc/pgx",
	"modernc.org/sqlite",
}

// pure packages do no input or output and ask nobody for the time: the same
// arguments give the same answer, on any machine.
var pure = []string{
	"collect/importer/value",
	"analyze/history", "analyze/metric", "analyze/rfm", "analyze/cohort", "analyze/lifecycle",
	"predict/numeric", "predict/clv", "predict/cluster",
}

// impure is what pure packages do not import.
var impure = []string{"net", "net/http", "log", "log/slog", "os", "os/exec", "database/sql", "crypto/rand"}

// clockFolders may read the clock; everybody else is given the time.
var clockFolders = []string{"app", "cmd", "internal", "bench", "e2e", "scripts"}

// clock is what reads the clock, of package time; pace is what waits for it,
// which pure packages have no use for either.
var (
	clock = []string{"Now", "Since", "Until"}
	pace  = []string{"After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}
)

// seeded is what may be used of math/rand/v2: everything else draws from a
// source that nobody has seeded.
var seeded = []string{"New", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "Source", "PCG", "ChaCha8", "Zipf"}

// sayNothing are names for whatever did not find its place.
var sayNothing = []string{
	"common", "util", "utils", "misc", "helper", "helpers", "type", "types",
	"models", "service", "services", "core", "manager", "managers", "base", "shared", "lib",
}

// globalState are the package variables that may change, with the reason.
var globalState = map[string]string{
	"viewNumber": "a counter that keeps names of temporary views apart; nothing is read back from it",
}
