package api_test

import (
	"net/http"
	"testing"

	"perennial/api"
	"perennial/govern/account"
)

// Time zone and currency are chosen before there are data; the second of two who change
// something is told.
func TestWorkspaceSettings(t *testing.T) {
	h := open(t, nil)
	h.fill()
	h.user("chief", account.Owner, "", "")
	other, shop := h.person("chief").with("Perennial-Workspace", "other"), h.person("chief").with("Perennial-Workspace", "shop")
	var was, is api.WorkspaceSettings
	other.do("GET", "/api/v1/workspace", nil).into(t, &was)
	if was.HasData || was.TimeZone != "UTC" || was.Currency != "EUR" {
		t.Errorf("%+v", was)
	}
	change := map[string]any{"time_zone": "Europe/London", "currency": "GBP", "week_start": "sunday"}
	other.with("If-Match", was.Version).do("PATCH", "/api/v1/workspace", change).into(t, &is)
	if is.Name != "other" || is.TimeZone != "Europe/London" || is.Currency != "GBP" || is.WeekStart != "sunday" || is.Version == was.Version {
		t.Errorf("%+v", is)
	}
	other.with("If-Match", was.Version).refused("PATCH", "/api/v1/workspace", map[string]any{"currency": "CNY"},
		http.StatusPreconditionFailed, "request.changed_meanwhile", "If-Match")
	other.refused("PATCH", "/api/v1/workspace", map[string]any{"time_zone": "Mars/Base"}, http.StatusUnprocessableEntity, "workspace.time_zone", "/time_zone")
	other.refused("PATCH", "/api/v1/workspace", map[string]any{"name": "x"}, http.StatusUnprocessableEntity, "request.invalid", "/name")
	other.do("GET", "/api/v1/workspace", nil).into(t, &was)
	if was != is {
		t.Errorf("%+v, want %+v", was, is)
	}

	shop.do("GET", "/api/v1/workspace", nil).into(t, &was)
	shop.refused("PATCH", "/api/v1/workspace", map[string]any{"time_zone": "UTC"}, http.StatusConflict, "workspace.zone_fixed", "/time_zone")
	shop.refused("PATCH", "/api/v1/workspace", map[string]any{"currency": "USD"}, http.StatusConflict, "workspace.currency_fixed", "/currency")
	shop.do("PATCH", "/api/v1/workspace", map[string]any{"time_zone": was.TimeZone, "currency": was.Currency, "week_start": "saturday"}).into(t, &is)
	if !was.HasData || is.WeekStart != "saturday" || is.TimeZone != was.TimeZone {
		t.Errorf("%+v, was %+v", is, was)
	}
	var record struct{ Items []api.AuditEntry }
	shop.do("GET", "/api/v1/audit?limit=1", nil).into(t, &record)
	if len(record.Items) != 1 || record.Items[0].Action != "workspace.change" || record.Items[0].Target != "shop" {
		t.Errorf("%+v", record)
	}
}
