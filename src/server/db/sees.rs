//! Which companies of the group somebody may see. What is read for a person who sees some of them begins with those, so
//! that it costs what they may see and never what the group holds.

use super::query::Value;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sees {
    Everything,
    /// What was chosen for the person of this id.
    Chosen(String),
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
        match self.sees {
            Sees::Everything => format!("companies {name}"),
            // CROSS JOIN keeps SQLite from walking the group to look for each company among those chosen.
            Sees::Chosen(_) => format!(
                "(SELECT seen.* FROM person_companies chosen CROSS JOIN companies seen
                WHERE chosen.person_id = $2 AND seen.id = chosen.company_id) {name}"
            ),
        }
    }

    /// The values of those placeholders.
    pub fn values(&self) -> Vec<Value> {
        let group = Value::from(&self.group_id);
        match &self.sees {
            Sees::Everything => vec![group],
            Sees::Chosen(person) => vec![group, person.into()],
        }
    }
}
