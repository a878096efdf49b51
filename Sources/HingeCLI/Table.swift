/// Text in columns: the first column and any with words at the left, numbers at the right.
struct Table {
    /// How a column is aligned.
    enum Alignment {
        case left, right
    }

    private let alignments: [Alignment]
    private var rows: [[String]] = []

    init(_ columns: [(title: String, alignment: Alignment)]) {
        alignments = columns.map(\.alignment)
        rows = [columns.map(\.title)]
    }

    mutating func add(_ row: [String]) {
        rows.append(row.map(\.printable))
    }

    /// The lines, indented by two spaces; none but the title when there are no rows.
    var text: String {
        let counts = rows.map { $0.map(\.count) }
        let widths = alignments.indices.map { column in counts.map { $0[column] }.max() ?? 0 }
        return zip(rows, counts).map { row, counts in
            // Nothing stands behind the last cell of a line that isn't empty.
            let end = (row.lastIndex { !$0.isEmpty } ?? -1) + 1
            return row[..<end].indices.reduce(into: "") { line, column in
                let padding = String(repeating: " ", count: widths[column] - counts[column])
                let isLeft = alignments[column] == .left
                line += isLeft ? "  " + row[column] : "  " + padding + row[column]
                if isLeft, column + 1 < end { line += padding }
            }
        }.joined(separator: "\n")
    }
}
