// Package certificate says what is wrong with the certificate of a server: three
// faults with three remedies, none of them the firewall's.
package certificate

import (
	"crypto/x509"
	"errors"
	"strings"

	"perennial"
)

// Fault returns the error of a certificate that was not accepted, or nil where err
// is about something else. server is who showed it, for people; trust says how
// another authority is made known.
func Fault(err error, server string, trust perennial.Text) *perennial.Error {
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &name):
		issued := strings.Join(name.Certificate.DNSNames, ", ")
		for _, ip := range name.Certificate.IPAddresses {
			issued = strings.TrimPrefix(issued+", "+ip.String(), ", ")
		}
		if issued == "" {
			issued = "?"
		}
		return fault("store.wrong_certificate", err,
			perennial.Say("%[1]s 的证书是发给别的名字的：%[2]s。", "The certificate of %[1]s was issued to another name: %[2]s.", server, issued)).
			WithHint(perennial.Say("地址里写证书上的名字，或让管理员给这个名字换一张证书。",
				"Write a name of the certificate into the address, or have a certificate made for this one."))
	case errors.As(err, &authority):
		return fault("store.untrusted_certificate", err,
			perennial.Say("%s 的证书由这台机器不信任的机构签发。", "The certificate of %s was issued by an authority that this machine does not trust.", server)).
			WithHint(trust)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fault("store.expired_certificate", err,
			perennial.Say("%s 的证书已过期或还没生效。", "The certificate of %s has expired, or is not valid yet.", server)).
			WithHint(perennial.Say("让管理员换一张证书；先确认这台机器的时钟是对的。", "Have it renewed; first see that this machine's clock is right."))
	case errors.As(err, &invalid):
		return fault("store.wrong_certificate", err,
			perennial.Say("%s 的证书不能用来证明服务器的身份。", "The certificate of %s is not one that tells who a server is.", server)).
			WithHint(perennial.Say("让管理员换一张服务器证书。", "Have a server's certificate made for it."))
	}
	return nil
}

func fault(code string, err error, sentence perennial.Text) *perennial.Error {
	return perennial.NewError(perennial.KindForbidden, code, sentence).Because(errors.New(err.Error()))
}
