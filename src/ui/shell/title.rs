//! The tab's title begins with the number of companies that need a person: `(5) Sync overview · Tieout`.

use crate::domain::company::Standing;
#[cfg(feature = "hydrate")]
use leptos::prelude::*;

/// The title with the number in front, whatever number is there already.
pub fn with_count(title: &str, standing: Standing) -> String {
    let counted = |rest: &str| rest.split_once(") ").filter(|(n, _)| n.parse::<u64>().is_ok()).map(|(_, bare)| bare.to_owned());
    let bare = title.strip_prefix('(').and_then(counted).unwrap_or_else(|| title.to_owned());
    match standing.attention {
        0 => bare,
        n => format!("({n}) {bare}"),
    }
}

/// Keeps it true while the page is open.
#[cfg(feature = "hydrate")]
pub fn keep(standing: Memo<Standing>) {
    Effect::new(move || {
        let (before, standing) = (document().title(), standing.get());
        let title = with_count(&before, standing);
        if title != before {
            document().set_title(&title);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_replaced_and_goes_with_the_last_problem() {
        let standing = |attention| Standing { attention, ..Standing::default() };
        assert_eq!(with_count("Sync overview · Tieout", standing(5)), "(5) Sync overview · Tieout");
        assert_eq!(with_count("(5) Sync overview · Tieout", standing(4)), "(4) Sync overview · Tieout");
        assert_eq!(with_count("(5) Sync overview · Tieout", standing(0)), "Sync overview · Tieout");
        assert_eq!(with_count("(Holdings) Results", standing(0)), "(Holdings) Results");
    }
}
