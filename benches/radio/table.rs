//! Tables that are read in a terminal and in Markdown.

/// Lines under a head; all but the first column are aligned to the right.
pub(crate) struct Table {
    lines: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        let head = head.iter().map(|&cell| cell.to_owned()).collect();
        Self { lines: vec![head] }
    }

    pub(crate) fn line(&mut self, cells: impl IntoIterator<Item = String>) {
        self.lines.push(cells.into_iter().collect());
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let width = |column: usize| {
            let cells = self.lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        for (index, line) in self.lines.iter().enumerate() {
            for (column, cell) in line.iter().enumerate() {
                let width = width(column);
                if column == 0 {
                    write!(f, "| {cell:width$} ")?;
                } else {
                    write!(f, "| {cell:>width$} ")?;
                }
            }
            writeln!(f, "|")?;
            if index == 0 {
                for column in 0..line.len() {
                    let rule = "-".repeat(width(column).max(2) - 1);
                    let rule = if column == 0 { rule + "-" } else { rule + ":" };
                    write!(f, "| {rule} ")?;
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}
