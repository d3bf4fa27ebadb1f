//! How names become addresses: as on the rest of the machine, less those that may not be asked.

use super::bounds::Bounds;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// What it answers is what is connected to: there is no second look-up, between which and this one a name's owner could
/// point it elsewhere. Connections that are kept open go to addresses that passed here as well.
pub struct Resolver(pub Bounds);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let bounds = self.0.clone();
        Box::pin(async move {
            // Nought is any port: the client puts in the one that is asked.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted = bounds.admit(name.as_str(), found)?;
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}
