//! Addresses of other services, which may carry secrets and therefore print without them.

use std::{fmt, str::FromStr};

use reqwest::Url;

/// An absolute address with a host. `Debug` and `Display` leave out what may be secret: the user
/// information and the values of the query.
#[derive(Clone, Eq, PartialEq)]
pub struct Address(Url);

/// Why a text is not a usable address. Never quotes the text: it may hold a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AddressError {
    /// It does not parse, or has no host.
    #[error("expected an address such as `{0}://example.org/path`")]
    Malformed(&'static str),
    /// There are more than anybody needs.
    #[error("expected at most {0} addresses")]
    TooMany(usize),
    /// It parses, but its scheme is another one.
    #[error("expected an address that begins with `{0}://` or `{1}://`")]
    Scheme(&'static str, &'static str),
}

impl Address {
    /// Parses an address of a WebSocket: `wss://` or `ws://`.
    pub fn web_socket(text: &str) -> Result<Self, AddressError> {
        Self::with_scheme(text, ["wss", "ws"])
    }

    /// Parses an address of an HTTP service: `https://` or `http://`.
    pub fn http(text: &str) -> Result<Self, AddressError> {
        Self::with_scheme(text, ["https", "http"])
    }

    fn with_scheme(text: &str, schemes: [&'static str; 2]) -> Result<Self, AddressError> {
        let url = Url::parse(text.trim()).map_err(|_| AddressError::Malformed(schemes[0]))?;
        if !schemes.contains(&url.scheme()) {
            return Err(AddressError::Scheme(schemes[0], schemes[1]));
        }
        // `https:example.org` parses; an empty host does not, so this is only a second look.
        if url.host_str().is_none_or(str::is_empty) {
            return Err(AddressError::Malformed(schemes[0]));
        }
        Ok(Self(url))
    }

    /// The whole address, secrets included: for connecting, never for printing.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// The parsed address.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.0.clone();
        // These fail only for addresses without a host, which `with_scheme` refused.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let has_query = url.query().is_some();
        url.set_query(None);
        url.set_fragment(None);
        f.write_str(url.as_str())?;
        if has_query {
            f.write_str("?…")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// Addresses of one service, of which the first that works is used. Never empty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Addresses(Vec<Address>);

impl Addresses {
    /// More are a mistake.
    const MAX: usize = 8;

    /// Parses addresses of an HTTP service, separated by commas or spaces. (A comma within an
    /// address is written `%2C`.)
    pub fn http(text: &str) -> Result<Self, AddressError> {
        let addresses = text
            .split(|character: char| character == ',' || character.is_whitespace())
            .filter(|text| !text.is_empty())
            .map(Address::http)
            .collect::<Result<Vec<_>, _>>()?;
        match addresses.len() {
            0 => Err(AddressError::Malformed("https")),
            1..=Self::MAX => Ok(Self(addresses)),
            _ => Err(AddressError::TooMany(Self::MAX)),
        }
    }

    /// The addresses, the preferred one first.
    pub fn as_slice(&self) -> &[Address] {
        &self.0
    }
}

impl From<Address> for Addresses {
    fn from(address: Address) -> Self {
        Self(vec![address])
    }
}

/// The root of a Discord REST API, without `/api` and version: what serenity calls a proxy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DiscordApi(Address);

impl DiscordApi {
    /// The address to put in the place of `https://discord.com`, without a slash at the end.
    pub fn root(&self) -> &str {
        self.0.expose().trim_end_matches('/')
    }
}

impl fmt::Display for DiscordApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for DiscordApi {
    type Err = AddressError;

    /// Accepts the address with or without `/api` or `/api/v10`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut address = Address::http(text)?;
        let path = address.0.path().trim_end_matches('/');
        let path = path.strip_suffix("/v10").unwrap_or(path);
        let path = path.strip_suffix("/api").unwrap_or(path).to_owned();
        address.0.set_path(&path);
        Ok(Self(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_an_address_leaves_out_what_may_be_secret() {
        let address =
            Address::web_socket("wss://user:hunter2@example.org/socket?token=hunter3#hunter4")
                .unwrap();
        for text in [address.to_string(), format!("{address:?}")] {
            assert!(text.contains("example.org/socket"), "{text}");
            for secret in ["user", "hunter"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
        assert!(address.expose().contains("hunter3"));
    }

    #[test]
    fn an_address_needs_its_scheme_and_a_host() {
        assert!(Address::web_socket("ws://127.0.0.1:1/x").is_ok());
        for wrong in ["", "example.org", "http://example.org", "wss://"] {
            assert!(Address::web_socket(wrong).is_err(), "{wrong}");
        }
        assert!(Address::http("ftp://example.org").is_err());
    }

    #[test]
    fn a_list_of_addresses_has_commas_or_spaces() {
        let hosts = |text| -> Vec<_> {
            let addresses = Addresses::http(text).unwrap();
            let hosts = addresses.as_slice().iter();
            hosts
                .map(|address| address.url().host_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(hosts("https://a.example/opus"), ["a.example"]);
        assert_eq!(hosts(" http://a,http://b ,\n http://c/,"), ["a", "b", "c"]);
        for wrong in ["", " , ", "http://a ftp://b", "http://a b"] {
            assert!(Addresses::http(wrong).is_err(), "{wrong}");
        }
        let error = Addresses::http(&"http://a ".repeat(9)).unwrap_err();
        assert_eq!(error.to_string(), "expected at most 8 addresses");
    }

    #[test]
    fn the_discord_api_is_accepted_with_and_without_path_and_version() {
        for (text, root) in [
            ("https://discord.com/api", "https://discord.com"),
            ("https://discord.com", "https://discord.com"),
            ("https://discord.com/api/v10/", "https://discord.com"),
            ("http://127.0.0.1:4242/api", "http://127.0.0.1:4242"),
            (
                "http://proxy.internal/discord/api/v10",
                "http://proxy.internal/discord",
            ),
        ] {
            assert_eq!(text.parse::<DiscordApi>().unwrap().root(), root);
        }
    }
}
