//! The companies of the property group: adding one, and finding one by what people call it.

mod archive;
mod edit;
pub mod import;
mod listing;

pub use archive::{archive, restore};
pub use edit::edit;
pub use listing::{company_settings, listed};

use super::error::{ServiceError, ServiceResult};
use crate::domain::{money::is_currency_code, status::SyncStatus};
use crate::server::db::{
    Db, Tx,
    companies::{self, Company, NewCompany},
    groups, now_ms,
    sees::{Seen, Sees},
};

/// What a first company's group is called until somebody names it.
const FIRST_GROUP: &str = "Property group";

/// The longest a name and a code may be, in characters.
const NAME_LIMIT: usize = 120;
const CODE_LIMIT: usize = 12;

/// A company as it is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub name: String,
    /// Empty: made from the name.
    pub code: String,
    pub currency: String,
    pub time_zone: String,
}

/// The longest name of a group, in characters.
const LONGEST_GROUP: usize = 80;

/// Names the group of an empty database, and makes it.
pub async fn name_group(db: &Db, name: &str) -> ServiceResult<()> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > LONGEST_GROUP {
        return Err(ServiceError::Invalid(format!("Give the group a name of at most {LONGEST_GROUP} characters.")));
    }
    let mut tx = db.begin().await?;
    if groups::current(&mut tx).await?.is_some() {
        return Err(ServiceError::Refused("There is a group already.".into()));
    }
    groups::insert(&mut tx, &name, now_ms()).await?;
    Ok(tx.commit().await?)
}

/// Codes and names of the first few companies, by name, whose name or code holds the text.
pub async fn search(db: &Db, sees: &Sees, text: &str) -> ServiceResult<Vec<(String, String)>> {
    let Some((group_id, _)) = groups::current(db).await? else { return Ok(Vec::new()) };
    let text: String = text.chars().take(crate::domain::filter::MAX_SEARCH).collect();
    Ok(companies::search(db, &Seen { group_id, sees: sees.clone() }, &text, 50).await?)
}

/// Adds a company to the group, and makes the group where there is none yet.
pub async fn add(db: &Db, wanted: &Wanted) -> ServiceResult<Company> {
    let Checked { name, code, currency, time_zone } = Checked::of(wanted)?;
    let now = now_ms();
    let mut tx = db.begin().await?;
    let group_id = match groups::current(&mut tx).await? {
        Some((id, _)) => id,
        None => groups::insert(&mut tx, FIRST_GROUP, now).await?,
    };
    // From here on the group is ours until the commit: no other company can take the name or the code.
    groups::next_change(&mut tx, &group_id).await?;
    let places = Places::of(&mut tx, &group_id).await?;
    refuse_name(&mut tx, &places, &name, None).await?;
    let code = match code.is_empty() {
        true => free_code(&codes_beginning(&mut tx, &places, &initials(&name)).await?, &name),
        false => refuse_code(&mut tx, &places, &code, None).await.map(|()| code)?,
    };
    let new = NewCompany { code: &code, name: &name, currency: &currency, time_zone: &time_zone };
    companies::insert(&mut tx, &group_id, &[new], now).await?;
    let company = companies::by_code(&mut tx, &group_id, &code).await?;
    tx.commit().await?;
    company.ok_or_else(|| ServiceError::Internal(anyhow::anyhow!("a company just added is not there")))
}

/// Finds a company of the group by its code or its name.
pub async fn find(db: &Db, name_or_code: &str) -> ServiceResult<Company> {
    let missing = || ServiceError::NotFound(format!("There is no company with the name or code “{}”.", name_or_code.trim()));
    let (group_id, _) = groups::current(db).await?.ok_or_else(missing)?;
    if let Some(company) = companies::by_code(db, &group_id, name_or_code.trim()).await? {
        return Ok(company);
    }
    companies::by_name(db, &group_id, name_or_code).await?.ok_or_else(missing)
}

/// Finds an archived company of the group by its code or its name.
pub async fn find_archived(db: &Db, name_or_code: &str) -> ServiceResult<Company> {
    let missing = || ServiceError::NotFound(format!("There is no archived company “{}”.", name_or_code.trim()));
    let (group_id, _) = groups::current(db).await?.ok_or_else(missing)?;
    let archive = groups::archive_of(db, &group_id).await?.ok_or_else(missing)?;
    if let Some(company) = companies::by_code(db, &archive, name_or_code.trim()).await? {
        return Ok(company);
    }
    companies::by_name(db, &archive, name_or_code).await?.ok_or_else(missing)
}

/// The group's companies in a status (all: `None`), by name.
pub async fn all(db: &Db, status: Option<SyncStatus>) -> ServiceResult<Vec<Company>> {
    match groups::current(db).await? {
        Some((group_id, _)) => all_of(db, &group_id, status).await,
        None => Ok(Vec::new()),
    }
}

/// The archived ones, by name.
pub async fn all_archived(db: &Db) -> ServiceResult<Vec<Company>> {
    let Some((group_id, _)) = groups::current(db).await? else { return Ok(Vec::new()) };
    match groups::archive_of(db, &group_id).await? {
        Some(archive) => all_of(db, &archive, None).await,
        None => Ok(Vec::new()),
    }
}

async fn all_of(db: &Db, group_id: &str, status: Option<SyncStatus>) -> ServiceResult<Vec<Company>> {
    let mut all: Vec<Company> = Vec::new();
    loop {
        let after = all.last().map_or("", |company| &company.id).to_owned();
        let page = companies::page_by_id(db, group_id, status, &after, 1000).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    all.sort_by_cached_key(|company| companies::name_key(&company.name));
    Ok(all)
}

fn invalid(sentence: impl Into<String>) -> ServiceError {
    ServiceError::Invalid(sentence.into())
}

fn check_name(name: &str) -> ServiceResult<()> {
    match name.chars().count() {
        0 => Err(invalid("A company needs a name.")),
        1..=NAME_LIMIT if !name.chars().any(char::is_control) => Ok(()),
        1..=NAME_LIMIT => Err(invalid("The name has a control character.")),
        length => Err(invalid(format!("The name has {length} characters; {NAME_LIMIT} is the most."))),
    }
}

fn check_currency(currency: &str) -> ServiceResult<()> {
    if is_currency_code(currency) {
        return Ok(());
    }
    Err(invalid(format!("“{currency}” is not a currency code: three letters are expected, such as GBP.")))
}

/// Codes stand in URLs as they are.
fn check_code(code: &str) -> ServiceResult<()> {
    let is_plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match is_plain && code.len() <= CODE_LIMIT && code.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        true => Ok(()),
        false => Err(invalid(format!(
            "“{code}” is not a code: up to {CODE_LIMIT} letters, digits and hyphens are expected, such as AQE or NORTH-2."
        ))),
    }
}

/// The zone's name as the time zone database writes it.
fn zone_name(text: &str) -> ServiceResult<String> {
    let zone = jiff::tz::TimeZone::get(text.trim()).ok();
    let name = zone.as_ref().and_then(|zone| zone.iana_name()).map(str::to_owned);
    name.ok_or_else(|| invalid(format!("“{}” is not a time zone: a name such as Europe/London is expected.", text.trim())))
}

/// A wish as it can be stored.
struct Checked {
    name: String,
    /// Empty: made from the name.
    code: String,
    currency: String,
    time_zone: String,
}

impl Checked {
    fn of(wanted: &Wanted) -> ServiceResult<Checked> {
        let name = wanted.name.split_whitespace().collect::<Vec<_>>().join(" ");
        let currency = wanted.currency.trim().to_ascii_uppercase();
        let code = wanted.code.trim().to_uppercase();
        let time_zone = zone_name(&wanted.time_zone)?;
        check_name(&name)?;
        if !code.is_empty() {
            check_code(&code)?;
        }
        check_currency(&currency)?;
        Ok(Checked { name, code, currency, time_zone })
    }
}

/// Where names and codes are taken: in the group, and in its archive, so that what is restored finds its own again.
struct Places {
    group: String,
    archive: Option<String>,
}

impl Places {
    async fn of(tx: &mut Tx, group_id: &str) -> ServiceResult<Places> {
        Ok(Places { group: group_id.into(), archive: groups::archive_of(tx, group_id).await? })
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.group.as_str()).chain(self.archive.as_deref())
    }
}

/// `own`: the company that keeps its name.
async fn refuse_name(tx: &mut Tx, places: &Places, name: &str, own: Option<&str>) -> ServiceResult<()> {
    for place in places.all() {
        let other = companies::by_name(&mut *tx, place, name).await?;
        if let Some(other) = other.filter(|other| own != Some(&other.id)) {
            let archived = if other.archived_at.is_some() { ", and archived: restore it, or choose another name" } else { "" };
            return Err(ServiceError::Refused(format!(
                "There is a company “{}” already; its code is {}{archived}.",
                other.name, other.code
            )));
        }
    }
    Ok(())
}

async fn refuse_code(tx: &mut Tx, places: &Places, code: &str, own: Option<&str>) -> ServiceResult<()> {
    for place in places.all() {
        let other = companies::by_code(&mut *tx, place, code).await?;
        if let Some(other) = other.filter(|other| own != Some(&other.id)) {
            let archived = if other.archived_at.is_some() { ", which is archived" } else { "" };
            return Err(ServiceError::Refused(format!("The code {code} is taken by “{}”{archived}.", other.name)));
        }
    }
    Ok(())
}

async fn codes_beginning(tx: &mut Tx, places: &Places, start: &str) -> ServiceResult<Vec<String>> {
    let mut codes = Vec::new();
    for place in places.all() {
        codes.extend(companies::codes_beginning(&mut *tx, place, start).await?);
    }
    Ok(codes)
}

/// The initials of the name, with a number where they are taken.
fn free_code(taken: &[String], name: &str) -> String {
    let initials = initials(name);
    let free = |code: &String| !taken.contains(code);
    // Among one more than are taken one is free.
    let numbered = (2..=taken.len() + 2).map(|number| format!("{initials}{number}"));
    std::iter::once(initials.clone()).chain(numbered).find(free).unwrap_or(initials)
}

/// `Albion Quay Estates` is AQE; a single word gives its first three letters.
pub fn initials(name: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().any(|c| plain(&c))).collect();
    let letters: String = match words.as_slice() {
        [] => "CO".into(),
        [word] => word.chars().filter(plain).take(3).collect(),
        words => words.iter().filter_map(|word| word.chars().find(plain)).take(5).collect(),
    };
    letters.to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_from_names() {
        for (name, code) in [
            ("Albion Quay Estates", "AQE"),
            ("Dockside", "DOC"),
            ("The 12 Oaks (North) Ltd. & Sons plc", "T1ONL"),
            ("Élan Ünder", "LN"),
            ("東京", "CO"),
        ] {
            assert_eq!(initials(name), code, "{name}");
        }
    }

    #[test]
    fn codes_and_zones_are_checked() {
        assert!(check_code("NORTH-2").is_ok());
        for bad in ["", "-A", "A/B", "A B", "ABCDEFGHIJKLM", "É"] {
            assert!(check_code(bad).is_err(), "{bad}");
        }
        assert_eq!(zone_name(" europe/london ").unwrap(), "Europe/London");
        assert!(zone_name("Europe/Atlantis").is_err());
    }
}
