//! Links that let somebody in once.

use super::password;
use crate::{
    domain::person::Role,
    server::{
        db::{
            Db, Tx,
            entrances::{self, Entrance},
            now_ms,
            people::{self, NewPerson, Person},
            sessions,
        },
        services::{
            demo,
            error::{ServiceError, ServiceResult},
        },
        token,
    },
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Companies of the practice group that the set-up page offers.
const PRACTICE_COMPANIES: usize = 24;

/// Who looks around in a practice group. There is no mail to this address.
const PRACTICE_NAME: &str = "Practice";
pub(super) const PRACTICE_EMAIL: &str = "practice@localhost";

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// To make the first administrator.
    SetUp,
    /// To be signed in at once.
    Enter,
    /// To choose a password, for the first time or anew.
    Password,
    /// The same, for somebody who said that they had forgotten theirs. Anybody can ask for one of anybody, so it is not the
    /// kind above: it must not make a link useless that an administrator gave them.
    Forgotten,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Kind::SetUp => "set-up",
            Kind::Enter => "enter",
            Kind::Password => "password",
            Kind::Forgotten => "forgotten",
        }
    }

    /// How long it can be used.
    fn lasts_ms(self) -> i64 {
        match self {
            Kind::SetUp | Kind::Enter => DAY_MS,
            Kind::Password => 7 * DAY_MS,
            Kind::Forgotten => DAY_MS / 24,
        }
    }

    /// The same in words.
    pub fn lasts(self) -> &'static str {
        match self {
            Kind::SetUp | Kind::Enter => "a day",
            Kind::Password => "7 days",
            Kind::Forgotten => "an hour",
        }
    }

    /// The page it leads to.
    fn page(self) -> &'static str {
        match self {
            Kind::SetUp => "/set-up",
            Kind::Enter => "/enter",
            Kind::Password | Kind::Forgotten => "/choose-password",
        }
    }

    /// Whether a link kept as `kept` may be used as one of these: a page asks by what it does.
    fn takes(self, kept: &str) -> bool {
        kept == self.as_str() || (self == Kind::Password && kept == Kind::Forgotten.as_str())
    }
}

/// A new link, without the server's address; it makes those of its kind before it useless. `None`: nobody yet.
async fn make(tx: &mut Tx, kind: Kind, person_id: Option<&str>) -> ServiceResult<String> {
    entrances::take_all(tx, kind.as_str(), person_id).await?;
    make_another(tx, kind, person_id).await
}

async fn make_another(tx: &mut Tx, kind: Kind, person_id: Option<&str>) -> ServiceResult<String> {
    let token = token::new()?;
    let entrance = Entrance {
        id: token::hash(&token),
        kind: kind.as_str().into(),
        person_id: person_id.map(Into::into),
        expires_at: now_ms() + kind.lasts_ms(),
    };
    entrances::insert(&mut *tx, &entrance).await?;
    Ok(format!("{}?token={token}", kind.page()))
}

/// A link for a person to sign in with at once, or to choose a password.
pub async fn link_for(db: &Db, person: &Person, kind: Kind) -> ServiceResult<String> {
    let mut tx = db.begin().await?;
    let link = make(&mut tx, kind, Some(&person.id)).await?;
    tx.commit().await?;
    Ok(link)
}

/// The link whoever starts a server is shown: to set it up while there is nobody, or into the practice group while there
/// is nobody else. Several servers may show one each.
pub async fn link_at_start(db: &Db) -> ServiceResult<Option<String>> {
    let mut tx = db.begin().await?;
    let link = match people::all(&mut tx).await?.as_slice() {
        [] => make_another(&mut tx, Kind::SetUp, None).await?,
        [only] if only.email == PRACTICE_EMAIL && only.password.is_none() => {
            make_another(&mut tx, Kind::Enter, Some(&only.id)).await?
        }
        _ => return Ok(None),
    };
    tx.commit().await?;
    Ok(Some(link))
}

fn useless() -> ServiceError {
    ServiceError::Refused(
        "This link was used already, or its time is over. Ask whoever gave it to you for another one; a server that nobody \
        has set up shows a new one when it starts."
            .into(),
    )
}

async fn find(on: impl Into<crate::server::db::query::On<'_>>, token: &str, kind: Kind) -> ServiceResult<Entrance> {
    let found = entrances::by_id(on, &token::hash(token), now_ms()).await?;
    found.filter(|entrance| kind.takes(&entrance.kind)).ok_or_else(useless)
}

/// Whom a link lets in; it stays as it is. `None`: nobody yet.
pub async fn look(db: &Db, token: &str, kind: Kind) -> ServiceResult<Option<Person>> {
    let entrance = find(db, token, kind).await?;
    match entrance.person_id {
        Some(id) => super::active(db, &id).await?.map(Some).ok_or_else(useless),
        None => Ok(None),
    }
}

/// Uses a link up.
async fn take(tx: &mut Tx, token: &str, kind: Kind) -> ServiceResult<Entrance> {
    let entrance = find(&mut *tx, token, kind).await?;
    if !entrances::take(tx, &entrance.id).await? {
        return Err(useless());
    }
    Ok(entrance)
}

async fn take_for_person(tx: &mut Tx, token: &str, kind: Kind) -> ServiceResult<Person> {
    let id = take(tx, token, kind).await?.person_id.ok_or_else(useless)?;
    people::by_id(&mut *tx, &id).await?.filter(|person| person.disabled_at.is_none()).ok_or_else(useless)
}

/// The practice group lets whoever has its link look around without a password: on the machine that shows the link only.
fn elsewhere() -> ServiceError {
    ServiceError::Refused("The practice group is for the machine the server runs on: open the link there.".into())
}

/// Uses a link that lets in at once; answers whom. `is_here`: asked on this machine.
pub async fn enter(db: &Db, token: &str, is_here: bool) -> ServiceResult<Person> {
    let mut tx = db.begin().await?;
    let person = take_for_person(&mut tx, token, Kind::Enter).await?;
    if person.email == PRACTICE_EMAIL && !is_here {
        return Err(elsewhere());
    }
    tx.commit().await?;
    Ok(person)
}

/// Makes the first administrator; answers who that is.
pub async fn set_up(db: &Db, token: &str, name: &str, email: &str, chosen: &str) -> ServiceResult<Person> {
    // A link that leads nowhere shall cost nobody any time.
    find(db, token, Kind::SetUp).await?;
    let (name, email) = super::checked(name, email)?;
    password::check(chosen, &[&name, &email, "tieout"])?;
    let hash = password::hash(chosen).await?;
    first(db, token, &NewPerson { name: &name, email: &email, role: Role::Administrator, sees_all: true }, Some(&hash)).await
}

/// Makes the practice group, and who looks around in it; answers who that is. Only where there is no company yet. `is_here`:
/// asked on this machine.
pub async fn practise(db: &Db, token: &str, is_here: bool) -> ServiceResult<Person> {
    find(db, token, Kind::SetUp).await?;
    if !is_here {
        return Err(elsewhere());
    }
    demo::seed_empty(db, PRACTICE_COMPANIES).await?;
    let new = NewPerson { name: PRACTICE_NAME, email: PRACTICE_EMAIL, role: Role::Administrator, sees_all: true };
    first(db, token, &new, None).await
}

async fn first(db: &Db, token: &str, new: &NewPerson<'_>, hash: Option<&str>) -> ServiceResult<Person> {
    let mut tx = db.begin().await?;
    take(&mut tx, token, Kind::SetUp).await?;
    if people::any(&mut tx).await? {
        return Err(useless());
    }
    let id = people::insert(&mut tx, new, now_ms()).await?;
    if let Some(hash) = hash {
        people::set_password(&mut tx, &id, hash).await?;
    }
    entrances::take_all(&mut tx, Kind::SetUp.as_str(), None).await?;
    let person = people::by_id(&mut tx, &id).await?.ok_or_else(useless)?;
    tx.commit().await?;
    Ok(person)
}

/// Makes every link useless through which a person could choose a password.
pub(super) async fn withdraw(tx: &mut Tx, person_id: &str) -> ServiceResult<()> {
    for kind in [Kind::Password, Kind::Forgotten] {
        entrances::take_all(tx, kind.as_str(), Some(person_id)).await?;
    }
    Ok(())
}

/// Chooses a password through a link; whoever was signed in as that person is not any more. Answers who that is.
pub async fn choose_password(db: &Db, token: &str, chosen: &str) -> ServiceResult<Person> {
    let person = look(db, token, Kind::Password).await?.ok_or_else(useless)?;
    password::check(chosen, &[&person.name, &person.email, "tieout"])?;
    let hash = password::hash(chosen).await?;
    let mut tx = db.begin().await?;
    let person = take_for_person(&mut tx, token, Kind::Password).await?;
    people::set_password(&mut tx, &person.id, &hash).await?;
    withdraw(&mut tx, &person.id).await?;
    sessions::end_all_but(&mut tx, &person.id, "").await?;
    tx.commit().await?;
    Ok(person)
}

/// Makes the practice person of an empty installation, so that a link can let it in: for `tieout demo`.
pub async fn practice_person(db: &Db) -> ServiceResult<Option<Person>> {
    let mut tx = db.begin().await?;
    if people::any(&mut tx).await? {
        return Ok(None);
    }
    let new = NewPerson { name: PRACTICE_NAME, email: PRACTICE_EMAIL, role: Role::Administrator, sees_all: true };
    let id = people::insert(&mut tx, &new, now_ms()).await?;
    let person = people::by_id(&mut tx, &id).await?;
    tx.commit().await?;
    Ok(person)
}
