//! Embeds every `rules/**/*.toml`, found by walking the folder, so that a new
//! pack is a new file and nothing else.

use std::{env, fs, io, io::Write as _, path::Path, path::PathBuf};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder = root.join("rules");
    // Cargo watches a folder by the times of everything in it.
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=rules");
    let mut packs = Vec::new();
    find(&folder, &mut packs)?;
    packs.sort();

    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("packs.rs");
    let mut file = fs::File::create(out)?;
    writeln!(file, "[")?;
    for pack in &packs {
        let name = pack
            .strip_prefix(&root)
            .unwrap_or(pack)
            .to_string_lossy()
            .replace('\\', "/");
        writeln!(
            file,
            "    ({name:?}, include_str!({:?})),",
            pack.display().to_string()
        )?;
    }
    writeln!(file, "]")
}

fn find(folder: &Path, packs: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, packs)?;
        } else if path.extension().is_some_and(|suffix| suffix == "toml") {
            packs.push(path);
        }
    }
    Ok(())
}
