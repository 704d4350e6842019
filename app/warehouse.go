package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"perennial"
	"perennial/analyze/purchase"
	"perennial/config"
	"perennial/store/catalog"
	"perennial/store/warehouse"
	"perennial/store/warehouse/clickhouse"
	"perennial/store/warehouse/duckdb"
)

const (
	duckdbFile  = "warehouse.duckdb"
	loadingFile = "loading" // while it is there, a restored dump is being loaded
)

// openWarehouse opens the engine that the configuration names.
func (a *App) openWarehouse(ctx context.Context, ws perennial.Workspace, dir string) (facts, error) {
	cfg, file := a.cfg.Warehouse, filepath.Join(dir, duckdbFile)
	// Each branch returns for itself: a nil *Store is no nil Warehouse.
	if cfg.URL == "" {
		if err := a.checkFile(ctx, ws, dir, file); err != nil {
			return facts{}, err
		}
		w, err := openDuckDB(ctx, cfg, file)
		if err != nil {
			return facts{}, err
		}
		return facts{w, engine{"DuckDB", duckdbFile}}, nil
	}
	if _, err := os.Stat(file); err == nil {
		return facts{}, perennial.NewError(perennial.KindConflict, "store.other_engine",
			perennial.Say("工作区“%s”的数据在 DuckDB 里，配置却指向 ClickHouse。", "The facts of %q are in DuckDB; the configuration names a ClickHouse.", ws.Name)).
			WithHint(perennial.Say("去掉配置里的 warehouse 地址就能继续用；要换到 ClickHouse：先备份，再恢复到一个新目录，目录里的 perennial.yaml 写好新地址。",
				"Remove the address of warehouse from the configuration to go on with it. To change to ClickHouse, back up and restore into a new directory whose perennial.yaml names it."))
	}
	w, err := clickhouse.Open(ctx, clickhouse.Options{URL: cfg.URL, Name: ws.Name, Installation: a.installation})
	if err != nil {
		return facts{}, err
	}
	return facts{w, engine{"ClickHouse", w.Place()}}, nil
}

func openDuckDB(ctx context.Context, cfg config.Warehouse, file string) (*duckdb.Store, error) {
	return duckdb.Open(ctx, duckdb.Options{Path: file, MemoryMB: cfg.MemoryMB, Threads: cfg.Threads})
}

// checkFile refuses to make a new file in the place of one that is lost, which
// would hide the loss.
func (a *App) checkFile(ctx context.Context, ws perennial.Workspace, dir, file string) error {
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) || warehouse.Dumped(dir) {
		return nil
	}
	live, err := a.Catalog.Live(ctx, ws.ID)
	if err != nil || len(live) == 0 {
		return err
	}
	if err := lostLine(filepath.Join(dir, warehouseAddress), "warehouse", "ClickHouse",
		perennial.Say("工作区“%s”的数据", "The facts of %q are", ws.Name)); err != nil {
		return err
	}
	return perennial.NewError(perennial.KindNotFound, "store.missing",
		perennial.Say("“%s”的数据仓库文件不见了。", "The warehouse file of %q is gone.", ws.Name)).
		WithHint(perennial.Say("把 %s 放回原处，或用 perennial restore 恢复最近的备份；数据原来在 ClickHouse 的，在配置里写回 warehouse 一行。", "Put %s back, or restore the latest backup with perennial restore; if it was in a ClickHouse, write the line warehouse into the configuration again.", file))
}

// settle brings a warehouse that was just opened into agreement with the state: a
// restored dump is loaded, what a crashed import left is removed, and facts that
// the state knows must be there.
func (a *App) settle(ctx context.Context, ws perennial.Workspace, w warehouse.Warehouse, dir string) error {
	if err := a.loadDump(ctx, ws, w, dir); err != nil {
		return err
	}
	if err := purchase.ReleaseAll(ctx, w); err != nil {
		return err
	}
	im := a.importer()
	im.Warehouse = w
	if err := im.Recover(ctx, ws); err != nil {
		return err
	}
	if err := a.Catalog.Learn(ctx, ws.ID, w); err != nil {
		return err
	}
	if err := a.settleScores(ctx, ws, w); err != nil {
		return err
	}
	imports, err := a.Catalog.Imports(ctx, ws.ID)
	if err != nil {
		return err
	}
	for _, in := range imports {
		if in.Status != catalog.ImportDone || in.Rows.Accepted == 0 {
			continue
		}
		empty, err := warehouse.Empty(ctx, w)
		if err == nil && empty {
			err = perennial.NewError(perennial.KindConflict, "store.no_facts",
				perennial.Say("工作区“%s”导入过数据，数据仓库却是空的。", "Files were imported into %q, and its warehouse is empty.", ws.Name)).
				WithHint(perennial.Say("检查配置里的 warehouse 是否指向原来的数据库；或恢复最近的备份。",
					"Check that warehouse in the configuration names the database that it was, or restore the latest backup."))
		}
		return err
	}
	return nil
}

// complete refuses to go on where the warehouse does not hold what the live imports
// stored: rows that somebody removed, an older file put in the place of this one. A
// number from it would be wrong and look right.
func (a *App) complete(ctx context.Context, ws perennial.Workspace, w warehouse.Warehouse) error {
	gaps, _, err := a.Catalog.Gaps(ctx, ws.ID, w)
	if err != nil || len(gaps) == 0 {
		return err
	}
	return gaps[0].Error(ws.Name)
}

// loadDump loads a restored dump into an empty warehouse. One that holds facts may
// be somebody's: only what an interrupted load left is replaced.
func (a *App) loadDump(ctx context.Context, ws perennial.Workspace, w warehouse.Warehouse, dir string) error {
	if !warehouse.Dumped(dir) {
		return nil
	}
	loading := filepath.Join(dir, loadingFile)
	if _, err := os.Stat(loading); err != nil {
		empty, err := warehouse.Empty(ctx, w)
		if err != nil {
			return err
		}
		if !empty {
			return perennial.NewError(perennial.KindConflict, "restore.not_empty",
				perennial.Say("备份要恢复到的数据仓库不是空的。", "The warehouse that the backup is to go into is not empty.")).
				WithHint(perennial.Say("在配置的 warehouse 地址里换一个数据库名；原来的数据没有改动。",
					"Name another database in the address of warehouse; nothing was changed."))
		}
		if err := os.WriteFile(loading, nil, 0o600); err != nil {
			return notWritable(dir, err)
		}
	}
	a.log.InfoContext(ctx, "loading restored facts", slog.String("workspace", ws.Name))
	if err := warehouse.Load(ctx, w, dir, a.loaded); err != nil {
		return fmt.Errorf("restore facts: %w", err)
	}
	return errors.Join(warehouse.RemoveDump(dir), os.Remove(loading))
}
