// Package govern watches every step: may we, and is it right? It begins with the
// vault, which keeps personal values out of facts and logs.
//
// Reads: what is handed to it. Writes: vault_keys, vault_values.
// May import: store seams, perennial, internal.
package govern
