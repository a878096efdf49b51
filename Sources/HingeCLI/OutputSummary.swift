import Foundation
import Hinge
import HingeOperators

/// A few lines about an output: type, shape, range, and the likeliest classes if it looks like
/// probabilities.
enum OutputSummary {
    static func describe(_ value: Value, name: String) -> String {
        if let table = MapTable(value) {
            let kind =
                table.values.rank == 2 ? "a sequence of \(table.values.shape[0]) maps" : "a map"
            return [
                "\(name): \(kind)", describe(table.keys, name: "  keys"),
                describe(table.values, name: "  values"),
            ].joined(separator: "\n")
        }
        switch value {
        case .tensor(let tensor): return describe(tensor, name: name)
        case .sequence(let elements):
            let lines = elements.enumerated().map { describe($1, name: "  \(name)[\($0)]") }
            return (["\(name): a sequence of \(elements.count)"] + lines).joined(separator: "\n")
        case .optional(let element?): return describe(element, name: name)
        case .optional(nil): return "\(name): nothing"
        case .map(let keys, let values):
            return "\(name): a map of \(values.count) entries with \(keys.dataType) keys"
        case .sparseTensor(let tensor):
            return "\(name): sparse \(tensor.values.dataType)\(tensor.shape), "
                + "\(tensor.values.count) elements stored"
        }
    }

    private static func describe(_ tensor: Tensor, name: String) -> String {
        var line = "\(name): \(tensor.dataType)\(tensor.shape)"
        if let strings = tensor.strings {
            let shown = strings.prefix(8).map { "'\($0.description.printable)'" }.joined(
                separator: ", ")
            return line + " \(shown)\(strings.count > 8 ? ", …" : "")"
        }
        let statistics = TensorStatistics(tensor, name: name)
        line += ", min \(Format.number(statistics.min)), max \(Format.number(statistics.max))"
        line += ", mean \(Format.number(statistics.mean))"
        if statistics.nonFiniteCount > 0 {
            line += ", \(Format.count(statistics.nonFiniteCount)) not finite"
        }
        guard let elements = try? tensor.doubles() else { return line }
        if tensor.count <= 8 {
            line += "\n  " + elements.map { Format.number($0) }.joined(separator: "  ")
        }
        return line + classes(elements, tensor.shape)
    }

    /// The likeliest classes of each of the first rows, if every row is a probability distribution.
    private static func classes(_ elements: [Double], _ shape: [Int]) -> String {
        guard let count = shape.last, count > 1, shape.count <= 2, !elements.isEmpty else {
            return ""
        }
        let rows = stride(from: 0, to: elements.count, by: count).map {
            elements[$0..<$0 + count]
        }
        let areDistributions = rows.allSatisfy { row in
            row.allSatisfy { $0 >= 0 } && abs(row.reduce(0, +) - 1) < 1e-3
        }
        guard areDistributions else { return "" }
        return rows.prefix(10).enumerated().map { index, row in
            let best = row.enumerated().sorted { $0.element > $1.element }.prefix(3)
            let list = best.map { "class \($0.offset): \(String(format: "%.4f", $0.element))" }
            return "\n  \(rows.count > 1 ? "[\(index)] " : "")" + list.joined(separator: ", ")
        }.joined()
    }
}
