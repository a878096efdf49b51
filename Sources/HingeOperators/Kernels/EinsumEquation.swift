import HingeGraph

/// The equation of `Einsum`, with the dimensions that each operand's and the result's labels stand for.
///
/// A term is a list of letters, of which each stands for a dimension, and at most one ellipsis, which stands for
/// any number of them.
///
/// Source: ONNX Einsum 12.
struct EinsumEquation {
    /// A dimension: a letter, or one of those of the ellipsis, counted from the last.
    enum Label: Hashable, Comparable {
        case ellipsis(Int)
        case letter(UInt8)
    }

    /// A term before the number of the ellipsis' dimensions is known.
    private enum Item: Hashable {
        case letter(UInt8)
        case ellipsis
    }

    private let inputs: [[Item]]
    private let output: [Item]?

    /// - Throws: ``HingeError`` when the text is not an equation.
    init(_ text: String) throws {
        let text = String(text.filter { $0 != " " })
        let sides = text.split(separator: "->", omittingEmptySubsequences: false)
        guard (1...2).contains(sides.count) else {
            throw EinsumEquation.error("expected at most one arrow, found '\(text)'")
        }
        inputs = try sides[0].split(separator: ",", omittingEmptySubsequences: false).map {
            try EinsumEquation.items($0)
        }
        output = sides.count == 2 ? try EinsumEquation.items(sides[1]) : nil
        guard let output else { return }
        let known = Set(inputs.joined())
        for item in output where !known.contains(item) && item != .ellipsis {
            throw EinsumEquation.error("the result has a letter that no operand has: '\(text)'")
        }
        guard Set(output).count == output.count else {
            throw EinsumEquation.error("the result has a letter twice: '\(text)'")
        }
    }

    private static func items(_ term: Substring) throws -> [Item] {
        var items: [Item] = []
        var rest = term[...]
        while let first = rest.first {
            if rest.hasPrefix("...") {
                guard !items.contains(.ellipsis) else {
                    throw error("expected at most one ellipsis in '\(term)'")
                }
                items.append(.ellipsis)
                rest = rest.dropFirst(3)
            } else if let byte = first.asciiValue, first.isLetter {
                items.append(.letter(byte))
                rest = rest.dropFirst()
            } else {
                throw error("expected letters, found '\(term)'")
            }
        }
        return items
    }

    private static func error(_ message: String) -> HingeError {
        HingeError(.badData, message, at: [.attribute("equation")])
    }

    /// The number of operands.
    var operandCount: Int { inputs.count }

    /// The labels of the operands of the given ranks.
    ///
    /// - Throws: ``HingeError`` when an operand doesn't have the rank of its term.
    func labels(ranks: [Int]) throws -> [[Label]] {
        guard ranks.count == inputs.count else {
            throw HingeError(
                .mismatch, "expected \(inputs.count) operands, found \(ranks.count)")
        }
        return try zip(inputs, ranks).map { items, rank in
            let letters = items.filter { $0 != .ellipsis }.count
            let rest = rank - letters
            guard items.contains(.ellipsis) ? rest >= 0 : rest == 0 else {
                throw HingeError(
                    .mismatch, "expected an operand with \(letters) dimensions, found \(rank)")
            }
            return expand(items, ellipsis: rest)
        }
    }

    /// The labels of the result.
    func outputLabels(_ operands: [[Label]]) -> [Label] {
        let ellipsis = operands.joined().reduce(0) { count, label in
            if case .ellipsis(let place) = label { max(count, place + 1) } else { count }
        }
        if let output { return expand(output, ellipsis: ellipsis) }
        var counts: [Label: Int] = [:]
        for label in inputs.joined() {
            if case .letter(let byte) = label { counts[.letter(byte), default: 0] += 1 }
        }
        return expand([.ellipsis], ellipsis: ellipsis)
            + counts.filter { $0.value == 1 }.keys.sorted()
    }

    private func expand(_ items: [Item], ellipsis: Int) -> [Label] {
        items.flatMap { item -> [Label] in
            switch item {
            case .letter(let byte): [.letter(byte)]
            case .ellipsis: (0..<ellipsis).reversed().map { .ellipsis($0) }
            }
        }
    }
}
