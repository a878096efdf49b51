import HingeGraph
import HingeOperators

extension ModelComparison {
    /// Compares two values; the elements of sequences and the like one by one, maps by their keys, whatever their order.
    ///
    /// - Parameters:
    ///   - names: The names in the model that is judged and in the other.
    ///   - precision: The type whose tolerance holds; `nil` for that of the elements.
    func compare(
        _ found: Value, _ expected: Value, _ names: (own: String, other: String),
        _ precision: DataType? = nil
    ) -> [ParityReport.Output] {
        func output(_ type: String, _ comparison: TensorComparison) -> ParityReport.Output {
            ParityReport.Output(
                name: names.own, expectedName: names.other, type: type, comparison: comparison)
        }
        func part(_ suffix: String) -> (String, String) {
            (names.own + suffix, names.other + suffix)
        }
        if let table = MapTable(found), let other = MapTable(expected) {
            return compare(.tensor(table.keys), .tensor(other.keys), part(".keys"), nil)
                + compare(
                    .tensor(table.values), .tensor(other.values), part(".values"), precision)
        }
        switch (found, expected) {
        case (.tensor(let a), .tensor(let b)):
            let comparison = TensorComparison(
                a, b, tolerance: tolerance, precision: precision ?? b.dataType)
            return [output(ModelComparison.describe(found), comparison)]
        case (.sequence(let a), .sequence(let b)) where a.count == b.count:
            guard !a.isEmpty else {
                return [output("sequence of 0", TensorComparison(mismatch: nil))]
            }
            return zip(a, b).enumerated().flatMap { index, pair in
                compare(pair.0, pair.1, part("[\(index)]"), precision)
            }
        case (.optional(let a?), .optional(let b?)):
            return compare(a, b, names, precision)
        case (.optional(nil), .optional(nil)):
            return [output("nothing", TensorComparison(mismatch: nil))]
        case (.map(let keys, let a), .map(let otherKeys, let b)) where a.count == b.count:
            return compare(.tensor(keys), .tensor(otherKeys), part(".keys"), nil)
                + zip(a, b).enumerated().flatMap { index, pair in
                    compare(pair.0, pair.1, part("[\(index)]"), precision)
                }
        case (.sparseTensor(let a), .sparseTensor(let b)) where a.shape == b.shape:
            return compare(.tensor(a.indices), .tensor(b.indices), part(".indices"), nil)
                + compare(.tensor(a.values), .tensor(b.values), part(".values"), precision)
        default:
            let mismatch =
                "expected \(ModelComparison.describe(expected)), "
                + "found \(ModelComparison.describe(found))"
            return [
                output(ModelComparison.describe(found), TensorComparison(mismatch: mismatch))
            ]
        }
    }
}
