//! Tells cargo that the server binary carries target/site inside, so that it is rebuilt when the site is.

use std::{env, fs, path::Path};

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    // The browser build is what makes the site: were it to watch it too, every build would cause the next.
    // Debug builds read the site from disk and need not be rebuilt for it.
    let embeds = env::var_os("CARGO_FEATURE_SSR").is_some() && env::var("PROFILE").as_deref() == Ok("release");
    if embeds {
        // tools/build-site.sh writes it last, so it never names a half-made site. cargo takes a missing file
        // as always changed, hence the empty one.
        let manifest = Path::new("target/site/manifest.txt");
        if !manifest.exists() {
            fs::create_dir_all("target/site")?;
            fs::write(manifest, "")?;
        }
        println!("cargo::rerun-if-changed={}", manifest.display());
    }
    Ok(())
}
