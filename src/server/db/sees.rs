//! Which companies of the group somebody may see. What is read for a person who sees some of them begins with those, so
//! that it costs what they may see and never what the group holds.

use super::{
    Tx,
    query::{On, Value, sql},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sees {
    Everything,
    Chosen(Choice),
}

/// Whom some companies were chosen for, by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Person(String),
    Token(String),
}

impl Choice {
    /// Where what was chosen is kept: the table, and the column that says for whom.
    fn kept_in(&self) -> (&'static str, &'static str) {
        match self {
            Choice::Person(_) => ("person_companies", "person_id"),
            Choice::Token(_) => ("token_companies", "token_id"),
        }
    }

    fn id(&self) -> &String {
        let (Choice::Person(id) | Choice::Token(id)) = self;
        id
    }

    /// Chooses companies in place of those chosen before.
    pub async fn put(&self, tx: &mut Tx, company_ids: &[String]) -> sqlx::Result<()> {
        let (table, column) = self.kept_in();
        sql(format!("DELETE FROM {table} WHERE {column} = $1")).bind(self.id()).execute(&mut *tx).await?;
        for company in company_ids {
            sql(format!("INSERT INTO {table} ({column}, company_id) VALUES ($1, $2)"))
                .bind(self.id())
                .bind(company)
                .execute(&mut *tx)
                .await?;
        }
        Ok(())
    }

    /// Codes of the companies chosen, in their order.
    pub async fn codes<'a>(&self, on: impl Into<On<'a>>) -> sqlx::Result<Vec<String>> {
        let (table, column) = self.kept_in();
        let text = format!(
            "SELECT c.code FROM {table} chosen JOIN companies c ON c.id = chosen.company_id WHERE chosen.{column} = $1 ORDER BY c.code"
        );
        let rows: Vec<(String,)> = sql(text).bind(self.id()).all(on).await?;
        Ok(rows.into_iter().map(|(code,)| code).collect())
    }
}

impl Sees {
    pub fn of_person(person_id: &str) -> Sees {
        Sees::Chosen(Choice::Person(person_id.to_owned()))
    }

    /// Whether a company is among what is seen.
    pub async fn includes<'a>(&self, on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<bool> {
        let Sees::Chosen(choice) = self else { return Ok(true) };
        let (table, column) = choice.kept_in();
        let found: Option<(String,)> = sql(format!("SELECT company_id FROM {table} WHERE {column} = $1 AND company_id = $2"))
            .bind(choice.id())
            .bind(company_id)
            .optional(on)
            .await?;
        Ok(found.is_some())
    }
}

/// The group as somebody sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub group_id: String,
    pub sees: Sees,
}

impl Seen {
    pub fn everything(group_id: &str) -> Seen {
        Seen { group_id: group_id.to_owned(), sees: Sees::Everything }
    }

    /// What stands after `FROM` in place of `companies name`. The group is `$1`; where only some are seen, `$2` is whose.
    pub fn companies(&self, name: &str) -> String {
        let Sees::Chosen(choice) = &self.sees else { return format!("companies {name}") };
        let (table, column) = choice.kept_in();
        // CROSS JOIN keeps SQLite from walking the group to look for each company among those chosen.
        format!(
            "(SELECT seen.* FROM {table} chosen CROSS JOIN companies seen
            WHERE chosen.{column} = $2 AND seen.id = chosen.company_id) {name}"
        )
    }

    /// The values of those placeholders.
    pub fn values(&self) -> Vec<Value> {
        let group = Value::from(&self.group_id);
        match &self.sees {
            Sees::Everything => vec![group],
            Sees::Chosen(choice) => vec![group, choice.id().into()],
        }
    }
}
