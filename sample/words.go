package sample

var countries = []string{
	"DE", "US", "GB", "FR", "NL", "ES", "IT", "PL", "SE", "AT", "CH", "BE", "DK", "NO", "FI", "PT", "IE", "CZ", "GR", "JP", "BR", "CA", "AU", "IN",
}

var segments = []struct {
	name    string
	percent int64
}{
	{"newsletter", 45}, {"returning", 30}, {"mobile", 28}, {"family", 14}, {"business", 12}, {"weekend", 11}, {"loyal-silver", 7},
	{"loyal-gold", 2}, {"churn-risk", 6}, {"vip", 1}, {"sale-hunter", 9},
}

var (
	hosts     = []string{"example.com", "example.org", "example.net", "mail.example.com", "post.example.org"}
	mailNames = []string{
		"anna", "jonas", "maria", "péter", "søren", "zoë", "li", "omar", "chloe", "juan", "ewa", "nils", "ingrid", "müller", "novak", "silva",
		"okafor", "tanaka", "rossi", "дарья", "岡田", "kim", "papas", "walsh",
	}
	firstNames = []string{"Anna", "Jonas", "Maria", "Péter", "Søren", "Zoë", "Li", "Omar", "Chloé", "Juan", "Ewa", "Nils", "Ingrid", "Дарья", "陽子", "Kim"}
	languages  = []string{"en", "de", "fr", "nl", "es", "it", "pl", "sv", "ja", "pt"}
	platforms  = []string{"ios", "android", "web", "web", "tablet"}
	places     = []string{
		"lisbon", "berlin", "vienna", "oslo", "rome", "madrid", "paris", "athens", "prague", "dublin", "kyoto", "porto", "bergen", "gdansk", "seville",
		"utrecht", "antwerp", "lyon", "turin", "graz", "malmo", "aarhus", "tampere", "cork", "brno",
	}
	pages  = []string{"/search", "/hotels", "/flights", "/offers", "/account", "/checkout", "/help", "/reviews"}
	events = []string{"page_view", "page_view", "page_view", "search", "add_to_cart", "mail_open", "mail_click", "booking", "cancel"}
	notes  = []string{
		"asked for a late check-out", "prefers a quiet room", "travels with a dog", "allergic to feathers", "wants the invoice by mail",
		"called about the refund", "gift card used", "upgraded at the desk", "needs a cot", "complained about the Wi-Fi",
	}
)
