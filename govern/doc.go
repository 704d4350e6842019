// Package govern watches every step: may we, and is it right? The vault keeps
// personal values out of facts and logs; account says who may come in, and what
// they may do.
//
// Reads: what is handed to it. Writes: vault_keys, vault_values; operators,
// memberships, sessions, api_keys, links, login_attempts, audit.
// May import: store seams, perennial, internal.
package govern
