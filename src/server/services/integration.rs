//! What a company's integration page shows, and the practice ledger a company is connected to.

use super::{
    error::{ServiceError, ServiceResult},
    local_time::LocalTime,
    onboarding::match_report,
};
use crate::{
    domain::{
        connection::{Access, ConnectionView, Integration},
        money::{minor_digits, parse_scaled},
        practice::{MAX_DELAY_MS, MAX_RATE_LIMIT},
        provider::Provider,
    },
    server::{
        connectors::practice::panel::{self, PanelError, PaymentAmount},
        db::{
            Db,
            companies::Company,
            connections::{self, Connection},
            now_ms,
        },
    },
};

pub async fn integration(db: &Db, company: &Company) -> ServiceResult<Integration> {
    let clock = LocalTime::of(&company.time_zone);
    let connection = connections::of_company(db, &company.id).await?;
    let matching = match &connection {
        Some(connection) if connection.access() == Access::Valid => Some(match_report(db, &company.id).await?),
        _ => None,
    };
    let practice = match &connection {
        Some(connection) if connection.provider() == Some(Provider::Practice) => {
            panel::panel_state(db, &connection.organisation_id).await?
        }
        _ => None,
    };
    Ok(Integration {
        connection: connection.and_then(|connection| view(connection, &clock)),
        matching,
        practice,
        today: clock.today(now_ms()),
        time_zone: company.time_zone.clone(),
    })
}

/// `None` for software this version has no connector for: nothing can be done with it here.
fn view(connection: Connection, clock: &LocalTime) -> Option<ConnectionView> {
    Some(ConnectionView {
        provider: connection.provider()?,
        access: connection.access(),
        schedule: connection.schedule(),
        connected: clock.moment(connection.connected_at),
        onboarded: connection.onboarded_at.map(|at| clock.moment(at)),
        next_sync: connection.next_sync_at.map(|at| clock.moment(at)),
        organisation: connection.organisation_name,
        lost_reason: connection.lost_reason,
        sync_from: connection.sync_from,
    })
}

/// The practice ledger the company is paired with. Its panel works whether or not the access holds: a person who
/// works in an accounting system does not come in through ours.
pub async fn practice_ledger(db: &Db, company: &Company) -> ServiceResult<String> {
    match connections::of_company(db, &company.id).await? {
        Some(connection) if connection.provider() == Some(Provider::Practice) => Ok(connection.organisation_id),
        _ => Err(ServiceError::Refused(format!("{} has no practice ledger.", company.name))),
    }
}

/// What a person does in the ledger.
pub struct PanelAction<'a> {
    pub action: &'a str,
    pub subject: &'a str,
    pub value: &'a str,
    pub amount: &'a str,
}

/// Does it; answers a sentence that says what was done.
pub async fn act(db: &Db, company: &Company, asked: &PanelAction<'_>) -> ServiceResult<String> {
    let ledger = practice_ledger(db, company).await?;
    let (subject, value) = (asked.subject, asked.value);
    let number = |most: i64| {
        let wrong = || ServiceError::Invalid(format!("Give a whole number from 0 to {most}."));
        value.parse::<i64>().ok().filter(|n| (0..=most).contains(n)).ok_or_else(wrong)
    };
    Ok(match asked.action {
        "archive-account" | "restore-account" => {
            let archived = asked.action == "archive-account";
            panel::set_account_archived(db, &ledger, subject, archived).await?;
            format!("The account is {}.", if archived { "archived: documents with it are refused" } else { "in use again" })
        }
        "archive-contact" | "restore-contact" => {
            let archived = asked.action == "archive-contact";
            panel::set_contact_archived(db, &ledger, subject, archived).await?;
            format!("The contact is {}.", if archived { "archived: documents for it are refused" } else { "in use again" })
        }
        "archive-tax-rate" | "restore-tax-rate" => {
            let archived = asked.action == "archive-tax-rate";
            panel::set_tax_rate_archived(db, &ledger, subject, archived).await?;
            format!("The tax rate is {}.", if archived { "archived: lines with it are refused" } else { "in use again" })
        }
        "lock" if value.is_empty() => {
            panel::lock_period(db, &ledger, None).await?;
            "No period is locked.".into()
        }
        "lock" => {
            panel::lock_period(db, &ledger, Some(value)).await?;
            format!("Locked until {value}: nothing dated on or before that day can be changed.")
        }
        "revoke" => {
            panel::revoke_access(db, &ledger).await?;
            "Access is revoked. The next sync finds out.".into()
        }
        "offline" | "online" => {
            let offline = asked.action == "offline";
            panel::set_offline(db, &ledger, offline).await?;
            if offline { "The ledger is offline: it refuses every connection." } else { "The ledger answers again." }.into()
        }
        "delay" => {
            let delay = number(MAX_DELAY_MS)?;
            panel::set_delay(db, &ledger, delay).await?;
            if delay == 0 {
                "The ledger answers at once.".into()
            } else {
                format!("The ledger takes its time: {delay} ms twice an answer.")
            }
        }
        "rate-limit" => {
            let limit = number(MAX_RATE_LIMIT)?;
            panel::set_rate_limit(db, &ledger, limit).await?;
            if limit == 0 { "Requests are not limited.".into() } else { format!("At most {limit} requests a minute.") }
        }
        "pay" => {
            let amount = match asked.amount {
                "" => PaymentAmount::Outstanding,
                text => {
                    let minor = parse_scaled(text, minor_digits(&company.currency));
                    PaymentAmount::Exactly(minor.map_err(|why| ServiceError::Invalid(format!("The amount “{text}” {why}.")))?)
                }
            };
            let today = LocalTime::of(&company.time_zone).today(now_ms());
            let day = if value.is_empty() { today.as_str() } else { value };
            panel::record_payment(db, &ledger, subject, amount, day, "Recorded by hand").await?;
            format!("Recorded a payment of {subject}. The next sync brings it in.")
        }
        "void" => {
            panel::void_document(db, &ledger, subject).await?;
            format!("{subject} is void there. The next sync brings that in.")
        }
        "refer" => {
            panel::set_reference(db, &ledger, subject, value).await?;
            format!("Changed the reference of {subject} there. The next sync brings that in.")
        }
        other => return Err(ServiceError::Invalid(format!("A practice ledger cannot do “{other}”."))),
    })
}

impl From<PanelError> for ServiceError {
    fn from(error: PanelError) -> Self {
        match error {
            PanelError::NotFound(sentence) => ServiceError::NotFound(sentence),
            PanelError::Invalid(sentence) => ServiceError::Invalid(sentence),
            PanelError::Refused(sentence) => ServiceError::Refused(sentence),
            PanelError::Database(error) => error.into(),
        }
    }
}
