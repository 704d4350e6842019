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
	Addr string `yaml:"addr"`
	// PublicURL is where people reach the server when something stands in front of it:
	// https://perennial.example.com. With https, cookies are for TLS only.
	PublicURL string `yaml:"public_url"`
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []string `yaml:"trusted_proxies"`
	// Open shows /healthz, /readyz, /metrics, /version, /openapi.json and /docs without
	// login; if not given, on a loopback address only.
	Open *bool `yaml:"open"`
}

// check returns what is wrong, "" for nothing.
func (s Server) check() string {
	if _, port, err := net.SplitHostPort(s.Addr); err != nil {
		return "server.addr: HOST:PORT"
	} else if n, err := strconv.ParseUint(port, 10, 16); err != nil || n > 65535 {
		return "server.addr: HOST:PORT"
	}
	if _, err := s.URL(); err != nil {
		return "server.public_url: https://HOST"
	}
	if _, err := s.Proxies(); err != nil {
		return "server.trusted_proxies: 10.0.0.0/8, …"
	}
	return ""
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
