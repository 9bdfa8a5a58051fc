//! The file of `--env-file`: the bot's environment as `NAME=value` lines.

use std::{
    fs::{OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Writes the file anew, complete or not at all, readable by its owner only: a token is in it.
pub(crate) fn write(path: &Path, environment: &[(String, String)]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let temporary = path.with_file_name(name);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    for (name, value) in environment {
        writeln!(file, "{name}={value}")?;
    }
    file.sync_all()?;
    std::fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bot.env");
        std::fs::write(&path, "OLD=1\nOLDER=2\n").unwrap();
        let environment = [("A".to_owned(), "b c".to_owned())];
        write(&path, &environment).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "A=b c\n");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
