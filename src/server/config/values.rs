//! From texts to values: what each setting may be, and which go together.

use super::{Given, KEY_FILE_NAME, Mail, Oidc, Secret, Settings, Tls, Web, Xero, sqlite_url};
use anyhow::{bail, ensure};
use ipnet::IpNet;
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};
use url::{Host, Url};

/// Requests of one organisation a minute, where an emulator has no limit.
const MOST_A_MINUTE: usize = 1_000_000;

/// The longest messages are kept, where not for ever: a hundred years.
const MOST_DAYS: u32 = 36_500;

/// Texts by the name of their setting.
type Texts = BTreeMap<&'static str, Given>;

pub(super) fn settings(mut given: Texts) -> anyhow::Result<Settings> {
    let log = given.remove("log");
    let secret_key = given.remove("secret_key");
    if let Some(Given { text, origin }) = &log
        && let Err(error) = tracing_subscriber::EnvFilter::try_new(text)
    {
        bail!("{origin}: “{text}” is not a log filter ({error}); a level such as info or debug is expected");
    }
    // Set to nothing is not set.
    given.retain(|name, Given { text, .. }| *name == "data_dir" || *name == "secret_key_file" || !text.trim().is_empty());
    let web = web(&mut given)?;
    let mail = mail(&mut given, &web)?;
    let oidc = oidc(&mut given, &web)?;
    let private_hosts = given.remove("private_hosts").map(|given| hosts(&given)).transpose()?.unwrap_or_default();
    let xero_webhook_key = given.remove("xero_webhook_key").map(|given| Secret(given.text.trim().to_owned()));
    let xero_address = given.remove("xero_address").map(|given| base(&given)).transpose()?.unwrap_or_default();
    let xero = xero(&mut given, &xero_address)?;
    let mut take = |name: &'static str, default: &str| {
        given.remove(name).unwrap_or_else(|| Given { text: default.into(), origin: name.into() })
    };
    let data_dir = take("data_dir", "data");
    ensure!(!data_dir.text.is_empty(), "{}: a directory is expected", data_dir.origin);
    let data_dir = PathBuf::from(data_dir.text);
    let database = take("database_url", &sqlite_url(&data_dir.join("tieout.sqlite")));
    let is_known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| database.text.starts_with(scheme));
    ensure!(is_known, "{}: sqlite:PATH or postgres://USER@HOST/DATABASE is expected", database.origin);
    let key_file = take("secret_key_file", &data_dir.join(KEY_FILE_NAME).to_string_lossy());
    ensure!(!key_file.text.is_empty(), "{}: a file is expected", key_file.origin);
    let concurrency = take("concurrency", "8");
    let kept = take("keep_messages_days", "400");
    let minute = take("xero_minute_limit", "60");
    Ok(Settings {
        web,
        mail,
        oidc,
        private_hosts,
        xero,
        xero_webhook_key,
        xero_address,
        xero_minute_limit: match minute.text.parse() {
            Ok(number @ 1..=MOST_A_MINUTE) => number,
            _ => bail!("{}: “{}” is not a number of requests from 1 to {MOST_A_MINUTE}", minute.origin, minute.text),
        },
        concurrency: match concurrency.text.parse() {
            Ok(number @ 1..=64) => number,
            _ => bail!("{}: “{}” is not a number from 1 to 64", concurrency.origin, concurrency.text),
        },
        keep_messages_days: match kept.text.parse() {
            Ok(days @ 0..=MOST_DAYS) => days,
            _ => bail!("{}: “{}” is not a number of days from 0 (for ever) to {MOST_DAYS}", kept.origin, kept.text),
        },
        database_url: database.text,
        database_origin: database.origin,
        secret_key_file: PathBuf::from(key_file.text),
        secret_key,
        log: log.map(|log| log.text),
        data_dir,
    })
}

/// Items with commas between them, in small letters.
fn list(text: &str) -> Vec<String> {
    text.split(',').map(|item| item.trim().to_lowercase()).filter(|item| !item.is_empty()).collect()
}

fn web(given: &mut Texts) -> anyhow::Result<Web> {
    let listen = given.remove("listen").unwrap_or_else(|| Given { text: "127.0.0.1:3000".into(), origin: "listen".into() });
    let Ok(address) = listen.text.replace("localhost:", "127.0.0.1:").parse::<SocketAddr>() else {
        bail!("{}: “{}” is not an address with a port; 127.0.0.1:3000 is one", listen.origin, listen.text);
    };
    let public_url = given.remove("public_url").map(|given| public_url(&given)).transpose()?;
    let tls = match (given.remove("tls_certificate"), given.remove("tls_key")) {
        (Some(certificate), Some(key)) => Some(Tls { certificate: certificate.text.into(), key: key.text.into() }),
        (None, None) => None,
        (Some(one), None) => bail!("{}: a certificate is of no use without its key: set tls_key too", one.origin),
        (None, Some(one)) => bail!("{}: a key is of no use without its certificate: set tls_certificate too", one.origin),
    };
    let trusted_proxies = given.remove("trusted_proxies").map(|given| networks(&given)).transpose()?.unwrap_or_default();
    if !address.ip().is_loopback() {
        ensure!(
            tls.is_some() || !trusted_proxies.is_empty(),
            "{}: {address} can be reached from other machines: passwords and figures would travel for all to read. Set tls_certificate \
            and tls_key, or trusted_proxies where a proxy in front of it speaks TLS; or listen on 127.0.0.1:{port} and reach it through \
            a tunnel: ssh -L {port}:127.0.0.1:{port} THIS-MACHINE",
            listen.origin,
            port = address.port(),
        );
        ensure!(
            public_url.is_some(),
            "{}: {address} can be reached from other machines, so public_url has to say by which name: https://tieout.example.com",
            listen.origin,
        );
    }
    Ok(Web { listen: address, public_url, tls, trusted_proxies })
}

fn public_url(Given { text, origin }: &Given) -> anyhow::Result<Url> {
    let Ok(url) = Url::parse(text) else { bail!("{origin}: “{text}” is not an address such as https://tieout.example.com") };
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    ensure!(is_bare && url.password().is_none(), "{origin}: only scheme, host and port belong in “{text}”");
    let is_this_machine = is_loopback(url.host());
    ensure!(
        url.scheme() == "https" || (url.scheme() == "http" && is_this_machine),
        "{origin}: “{text}” must begin with https://, so that nobody on the way reads passwords and figures"
    );
    Ok(url)
}

/// Whether a host is this machine and nothing else.
pub fn is_loopback(host: Option<Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn networks(Given { text, origin }: &Given) -> anyhow::Result<Vec<IpNet>> {
    let network = |item: &String| {
        let alone = || item.parse::<IpAddr>().map(IpNet::from);
        match item.parse::<IpNet>().or_else(|_| alone()) {
            Ok(network) => Ok(network),
            Err(_) => bail!("{origin}: “{item}” is neither an address nor a network such as 10.0.0.0/8"),
        }
    };
    list(text).iter().map(network).collect()
}

/// Names and addresses of machines, in the form that those of web addresses have.
fn hosts(Given { text, origin }: &Given) -> anyhow::Result<Vec<Host>> {
    let host = |item: &String| match (item.parse::<Ipv6Addr>(), Host::parse(item)) {
        (Ok(address), _) => Ok(Host::Ipv6(address)),
        // A star would stand for itself.
        (_, Ok(host)) if !item.contains('*') => Ok(host),
        _ => bail!("{origin}: “{item}” is neither the name of one host nor an address; books.lan and 10.0.0.5 are such"),
    };
    list(text).iter().map(host).collect()
}

fn mail(given: &mut Texts, web: &Web) -> anyhow::Result<Option<Mail>> {
    let mail = match (given.remove("smtp_url"), given.remove("mail_from")) {
        (Some(smtp_url), Some(from)) => Mail { smtp_url, from },
        (None, None) => return Ok(None),
        (Some(one), None) => bail!("{}: letters need a sender: set mail_from too", one.origin),
        (None, Some(one)) => bail!("{}: letters need a server to send them: set smtp_url too", one.origin),
    };
    ensure!(
        web.public_url.is_some(),
        "{}: letters carry links, so public_url has to say where they lead: https://tieout.example.com",
        mail.smtp_url.origin
    );
    Ok(Some(mail))
}

fn oidc(given: &mut Texts, web: &Web) -> anyhow::Result<Option<Oidc>> {
    let mut take = |name| given.remove(name);
    let (issuer, client_id) = (take("oidc_issuer"), take("oidc_client_id"));
    let (secret, name, domains) = (take("oidc_client_secret"), take("oidc_name"), take("oidc_domains"));
    let Some(issuer) = issuer else {
        if let Some(one) = [client_id, secret, name, domains].into_iter().flatten().next() {
            bail!("{}: of no use without the service's address: set oidc_issuer too", one.origin);
        }
        return Ok(None);
    };
    let missing = |what: &str| anyhow::anyhow!("{}: set {what} too", issuer.origin);
    let client_id = client_id.ok_or_else(|| missing("oidc_client_id"))?.text;
    let domains = domains.ok_or_else(|| missing("oidc_domains, the e-mail domains the service is believed about,"))?;
    ensure!(web.public_url.is_some(), missing("public_url, where the service sends people back to,"));
    let Ok(url) = Url::parse(&issuer.text) else { bail!("{}: “{}” is not an address", issuer.origin, issuer.text) };
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url.host()));
    ensure!(is_safe, "{}: “{}” must begin with https://", issuer.origin, issuer.text);
    let name = name.map(|given| given.text).or_else(|| url.host_str().map(str::to_owned)).unwrap_or_default();
    let (issuer, client_secret) = (issuer.text, secret.map(|given| given.text));
    Ok(Some(Oidc { issuer, client_id, client_secret, name, domains: list(&domains.text) }))
}

/// `address`: where Xero is, for this app and for custom connections.
fn xero(given: &mut Texts, address: &str) -> anyhow::Result<Option<Xero>> {
    let secret = given.remove("xero_client_secret");
    let Some(Given { text: client_id, .. }) = given.remove("xero_client_id") else {
        if let Some(one) = secret {
            bail!("{}: of no use without the app's id: set xero_client_id too", one.origin);
        }
        return Ok(None);
    };
    Ok(Some(Xero { client_id, client_secret: secret.map(|given| Secret(given.text)), address: address.to_owned() }))
}

/// An address that paths are put after.
fn base(Given { text, origin }: &Given) -> anyhow::Result<String> {
    let Ok(url) = Url::parse(text) else { bail!("{origin}: “{text}” is not an address such as http://localhost:8080") };
    let is_base = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
    let is_bare = url.host().is_some() && url.username().is_empty() && url.password().is_none();
    ensure!(is_base && is_bare, "{origin}: only scheme, host, port and path belong in “{text}”");
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(settings: &[(&'static str, &str)]) -> anyhow::Result<Settings> {
        let given = |(name, text): &(&'static str, &str)| (*name, Given { text: (*text).into(), origin: (*name).into() });
        super::settings(settings.iter().map(given).collect())
    }

    fn refusal(settings: &[(&'static str, &str)]) -> String {
        of(settings).err().map(|error| error.to_string()).expect("refused")
    }

    #[test]
    fn private_hosts_are_named_one_by_one() {
        let named = of(&[("private_hosts", "Books.LAN, 10.0.0.5,fd00::5 , [fd00::6]")]).unwrap().private_hosts;
        let shown: Vec<String> = named.iter().map(Host::to_string).collect();
        assert_eq!(shown, ["books.lan", "10.0.0.5", "[fd00::5]", "[fd00::6]"]);
        for bad in ["10.0.0.0/8", "*.lan", "http://books.lan", "books.lan:8000", "books lan"] {
            let sentence = refusal(&[("private_hosts", bad)]);
            assert!(sentence.starts_with(&format!("private_hosts: “{bad}” is neither")), "{sentence}");
        }
    }

    #[test]
    fn the_app_at_xero_needs_its_id_and_shows_no_secret() {
        assert!(of(&[]).unwrap().xero.is_none());
        assert!(refusal(&[("xero_client_secret", "hush")]).contains("set xero_client_id too"));
        let id = ("xero_client_id", "app");
        let app = of(&[id, ("xero_client_secret", "hush"), ("xero_address", "http://localhost:8080/")]).unwrap().xero.unwrap();
        assert_eq!((app.client_id.as_str(), app.address.as_str()), ("app", "http://localhost:8080"));
        assert!(!format!("{app:?}").contains("hush"));
        // Custom connections are asked for there without an app of this server, and may be told of.
        let alone = of(&[("xero_address", "http://localhost:8080"), ("xero_webhook_key", " k3y ")]).unwrap();
        assert!(alone.xero.is_none() && alone.xero_webhook_key == Some(Secret("k3y".into())));
        assert_eq!(alone.xero_address, "http://localhost:8080");
        for bad in ["localhost:8080", "ftp://localhost", "http://u:p@localhost", "http://localhost/?a=1"] {
            assert!(refusal(&[id, ("xero_address", bad)]).starts_with("xero_address: "), "{bad}");
        }
        assert_eq!((of(&[]).unwrap().xero_minute_limit, of(&[("xero_minute_limit", "90")]).unwrap().xero_minute_limit), (60, 90));
        for bad in ["0", "-1", "many", "1000001"] {
            assert!(refusal(&[("xero_minute_limit", bad)]).contains("is not a number of requests from 1"), "{bad}");
        }
    }

    #[test]
    fn nothing_is_reached_from_elsewhere_without_encryption_and_a_name() {
        for address in ["0.0.0.0:3000", "192.168.1.2:80", "[::]:80"] {
            let sentence = refusal(&[("listen", address)]);
            assert!(sentence.contains("tls_certificate") && sentence.contains("ssh -L"), "{sentence}");
            let tls = [("listen", address), ("tls_certificate", "a.pem"), ("tls_key", "b.pem")];
            assert!(refusal(&tls).contains("public_url"));
            assert!(of(&[&tls[..], &[("public_url", "https://tieout.example.com")]].concat()).is_ok());
            let proxied = [("listen", address), ("trusted_proxies", "10.0.0.1"), ("public_url", "https://tieout.example.com")];
            assert!(of(&proxied).is_ok());
        }
        assert!(refusal(&[("tls_certificate", "a.pem")]).contains("set tls_key too"));
        assert!(refusal(&[("tls_key", "a.pem")]).contains("set tls_certificate too"));
    }

    #[test]
    fn a_public_url_is_an_encrypted_origin() {
        for url in ["https://tieout.example.com", "https://tieout.example.com:8443/", "http://localhost:3000", "http://[::1]:1"] {
            assert!(of(&[("public_url", url)]).is_ok(), "{url}");
        }
        for url in
            ["tieout.example.com", "http://tieout.example.com", "https://a.example/b", "https://u:p@a.example", "ftp://a.b"]
        {
            assert!(refusal(&[("public_url", url)]).starts_with("public_url: "), "{url}");
        }
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        let web = of(&[("trusted_proxies", "127.0.0.1, 10.0.0.0/8,fd00::/8")]).unwrap().web;
        let is_trusted = |address: &str| web.trusted_proxies.iter().any(|net| net.contains(&address.parse::<IpAddr>().unwrap()));
        assert!(is_trusted("127.0.0.1") && is_trusted("10.9.8.7") && is_trusted("fd12::1"));
        assert!(!is_trusted("127.0.0.2") && !is_trusted("11.0.0.1"));
        assert!(refusal(&[("trusted_proxies", "proxy.example.com")]).contains("“proxy.example.com” is neither"));
    }

    #[test]
    fn what_goes_together_is_set_together() {
        let public = ("public_url", "https://tieout.example.com");
        assert!(refusal(&[("smtp_url", "smtps://mail.example.com"), public]).contains("set mail_from too"));
        assert!(refusal(&[("mail_from", "tieout@example.com"), public]).contains("set smtp_url too"));
        let mail = [("smtp_url", "smtps://mail.example.com"), ("mail_from", "tieout@example.com")];
        assert!(refusal(&mail).contains("public_url"));
        assert!(of(&[&mail[..], &[public]].concat()).unwrap().mail.is_some());
        assert!(refusal(&[("oidc_client_id", "x")]).contains("set oidc_issuer too"));
        let issuer = ("oidc_issuer", "https://login.example.com");
        assert!(refusal(&[issuer]).contains("set oidc_client_id too"));
        assert!(refusal(&[issuer, ("oidc_client_id", "x")]).contains("set oidc_domains"));
        let whole = [issuer, ("oidc_client_id", "x"), ("oidc_domains", "Example.com, example.org")];
        assert!(refusal(&whole).contains("public_url"));
        let oidc = of(&[&whole[..], &[public]].concat()).unwrap().oidc.unwrap();
        assert_eq!((oidc.name.as_str(), oidc.domains), ("login.example.com", vec!["example.com".into(), "example.org".into()]));
        let plain = [("oidc_issuer", "http://login.example.com"), whole[1], whole[2], public];
        assert!(refusal(&plain).contains("must begin with https://"));
    }
}
