//! Records as pages name them: contacts, documents and payments each have a page of their own.

pub mod diff;
pub mod edit;
pub mod view;

use super::message::Entity;

/// Where a record's page is: `/companies/AQE/records/credit-note/0192…`. `None` for what has no page.
pub fn address(code: &str, entity: Entity, id: &str) -> Option<String> {
    is_record(entity).then(|| format!("/companies/{code}/records/{}/{id}", entity.as_str().replace('_', "-")))
}

/// The entity an address names.
pub fn entity_in_address(word: &str) -> Option<Entity> {
    Entity::parse(&word.replace('-', "_")).filter(|entity| is_record(*entity) && !word.contains('_'))
}

fn is_record(entity: Entity) -> bool {
    matches!(entity, Entity::Contact | Entity::Invoice | Entity::Bill | Entity::CreditNote | Entity::Payment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back() {
        for entity in Entity::ALL {
            let Some(address) = address("AQE", *entity, "7") else { continue };
            let word = address.strip_prefix("/companies/AQE/records/").unwrap().strip_suffix("/7").unwrap();
            assert_eq!(entity_in_address(word), Some(*entity));
        }
        assert_eq!(address("AQE", Entity::CreditNote, "7").unwrap(), "/companies/AQE/records/credit-note/7");
        assert_eq!(address("AQE", Entity::Run, "7"), None);
        assert_eq!((entity_in_address("run"), entity_in_address("credit_note")), (None, None));
    }
}
