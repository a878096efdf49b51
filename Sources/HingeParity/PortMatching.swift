import HingeGraph

/// Which inputs or outputs of two models belong together.
///
/// Those of one name do. Others belong together by position, if there are as many in both models and their types and
/// shapes agree as far as they are stated.
struct PortMatching {
    /// Names in the model that is judged and in the other, in the order of the former.
    let pairs: [(own: String, other: String)]
    /// The pairs that were matched by position.
    let positional: [(own: String, other: String)]
    private let what: String

    /// - Parameters:
    ///   - own: The inputs or outputs of the model that is judged.
    ///   - other: Those of the other.
    ///   - what: The word for them: "inputs".
    /// - Throws: ``HingeError`` with the code `mismatch` when they can't be matched.
    init(_ own: [ValueInfo], _ other: [ValueInfo], _ what: String) throws {
        self.what = what
        guard own.count == other.count else {
            throw HingeError(
                .mismatch,
                "expected \(other.count) \(what) (\(PortMatching.list(other))), "
                    + "found \(own.count) (\(PortMatching.list(own)))")
        }
        let known = Set(other.map(\.name))
        let shared = Set(own.map(\.name)).intersection(known)
        var rest = other.filter { !shared.contains($0.name) }[...]
        var pairs: [(own: String, other: String)] = []
        var positional: [(own: String, other: String)] = []
        for info in own {
            if shared.contains(info.name) {
                pairs.append((info.name, info.name))
                continue
            }
            // A name that one model has several times leaves the other with too few.
            guard let match = rest.popFirst(), ValueType.agree(info.type, match.type) else {
                throw HingeError(
                    .mismatch,
                    "the \(what) cannot be matched: expected \(PortMatching.list(other)), "
                        + "found \(PortMatching.list(own))")
            }
            pairs.append((info.name, match.name))
            positional.append((info.name, match.name))
        }
        self.pairs = pairs
        self.positional = positional
    }

    /// What to tell of the pairs that were matched by position; `nil` when there are none.
    var note: String? {
        guard !positional.isEmpty else { return nil }
        let list = positional.map { "'\($0.own)' with '\($0.other)'" }.joined(separator: ", ")
        return "\(what) of different names were matched by position: \(list)"
    }

    private static func list(_ infos: [ValueInfo]) -> String {
        infos.isEmpty
            ? "none"
            : infos.map { "'\($0.name)' \($0.type?.description ?? "of unknown type")" }
                .joined(separator: ", ")
    }
}
