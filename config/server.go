package config

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
)

// Server says where pages and API are served, and who is believed.
type Server struct {
	// Addr is the address to listen on, HOST:PORT.
	Addr string
	// PublicURL is where people reach the server when something stands in front of it:
	// https://perennial.example.com. With https, cookies are for TLS only.
	PublicURL string
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []string
	// Open shows /healthz, /readyz, /metrics, /version, /openapi.json and /docs without
	// login; if not given, on a loopback address only.
	Open *bool
}

// settings are those of the section server.
func (s *Server) settings() map[string]setting {
	return map[string]setting{
		"addr": checked(&s.Addr, "HOST:PORT", func(string) bool {
			_, port, err := net.SplitHostPort(s.Addr)
			if err == nil {
				_, err = strconv.ParseUint(port, 10, 16)
			}
			return err == nil
		}),
		"public_url": checked(&s.PublicURL, "https://HOST", func(string) bool {
			_, err := s.URL()
			return err == nil
		}),
		"trusted_proxies": list(&s.TrustedProxies, "10.0.0.0/8, 127.0.0.1/32", func(text string) bool {
			_, err := netip.ParsePrefix(text)
			return err == nil
		}),
		"open": flag(&s.Open),
	}
}

// URL is PublicURL read; nil where there is none.
func (s Server) URL() (*url.URL, error) {
	if s.PublicURL == "" {
		return nil, nil
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, strconv.ErrSyntax
	}
	return u, nil
}

// Proxies are TrustedProxies read.
func (s Server) Proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range s.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}
