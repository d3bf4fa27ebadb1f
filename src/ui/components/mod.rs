//! The parts pages are put together from. Their look is in style/, one file a part; classes without a
//! component here (`card`, `table`, `field`, `button`, `row`, `stack` ...) are used as plain markup, and each
//! style file shows the markup it expects.

mod badge;
mod empty;
mod fields;
mod headings;
mod icon;
mod link_state;
mod menu;
mod moment;
mod multi_select;
mod notice;
mod pager;
mod progress;
mod sync_state;
mod tone;
mod verbatim;

pub use badge::{Badge, StatusBadge};
pub use empty::Empty;
pub use fields::{Choice, Field, SearchField};
pub use headings::{CompanyPage, CompanyTabs, PageHeader};
pub use icon::{Icon, SPRITE, drawing};
pub use link_state::LinkState;
pub use menu::menu_keys;
pub use moment::Ago;
pub use multi_select::{Choosable, MultiSelect};
pub use notice::Notice;
pub use pager::Pager;
pub use progress::ProgressBar;
pub use sync_state::{SyncState, progress_words};
pub use tone::Tone;
pub use verbatim::as_html;
