import HingeGraph
import HingeOperators

/// `Pad` with zeros around images as `ZeroPadding1D`, `ZeroPadding2D` or `ZeroPadding3D`, other paddings as `Pad`;
/// negative numbers remove elements first.
struct PadRule: OperatorRule {
    func write(_ operator: Pad, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        let pads = try node.requiredConstant(1, "the number of added elements").integers()
        let axes = try (node.integers(3, "the axes") ?? Array(0..<x.rank))
            .map { try InferenceContext.axis($0, rank: x.rank) }
        guard pads.count == 2 * axes.count else {
            throw node.unsupported("expected 2 numbers for each axis, found \(pads.count)")
        }
        var borders = [(begin: Int, end: Int)](repeating: (0, 0), count: x.rank)
        for (index, axis) in axes.enumerated() {
            borders[axis] = (pads[index], pads[index + axes.count])
        }
        let value = try value(node)
        let inner = Array(borders.dropFirst().dropLast())
        let isSpatial =
            (3...5).contains(x.rank) && x.type.isFloatingPoint
            && [borders[0], borders[x.rank - 1]].allSatisfy { $0 == (0, 0) }
        if `operator`.mode == .constant, value == 0, isSpatial {
            return [try node.bordered(x, inner, as: nil)]
        }
        let mode: String
        switch `operator`.mode {
        case .constant: mode = "constant"
        case .reflect: mode = "reflect"
        case .edge: return [try replicated(x, borders, output, node)]
        case .wrap: throw node.unsupported("Keras has no padding from the other end")
        }
        guard borders.allSatisfy({ $0.begin >= 0 && $0.end >= 0 }) else {
            throw node.unsupported("Keras can't remove elements by padding")
        }
        let widths = JSONValue.array(borders.map { .integers([$0.begin, $0.end]) })
        var named: [(key: String, value: CallArgument<KerasTensor>)] = []
        if `operator`.mode == .constant {
            let number: JSONValue =
                x.type.isFloatingPoint ? .number(value) : .integer(Int(exactly: value) ?? 0)
            named.append(("constant_values", .literal(number)))
        }
        return try node.operation(
            .numpy("Pad"), [("pad_width", widths), ("mode", .string(mode))],
            CallArguments([.tensor(x)], named), giving: [output])
    }

    private func value(_ node: NodeWriting) throws -> Double {
        guard node.has(2) else { return 0 }
        let constant = try node.requiredConstant(2, "the value of added elements")
        return constant.dataType == .float32
            ? try constant.floats().first?.decimal ?? 0 : try constant.doubles().first ?? 0
    }

    /// The first and last elements repeated, axis by axis.
    private func replicated(
        _ x: KerasTensor, _ borders: [(begin: Int, end: Int)], _ output: OutputType,
        _ node: NodeWriting
    ) throws -> KerasTensor {
        let used = borders.indices.filter { borders[$0] != (0, 0) }
        var x = x
        for axis in used {
            let border = borders[axis]
            guard border.begin >= 0, border.end >= 0 else {
                throw node.unsupported("Keras can't remove elements by padding")
            }
            var shape = x.shape
            var parts: [CallArgument<KerasTensor>] = [.tensor(x)]
            for (count, isFirst) in [(border.begin, true), (border.end, false)] where count > 0 {
                shape[axis] = 1
                let role = "\(isFirst ? "first" : "last")_\(axis)"
                let everything = CallArgument<KerasTensor>.slice(
                    start: .literal(.null), stop: .literal(.null), step: .literal(.null))
                var key = [CallArgument<KerasTensor>](repeating: everything, count: axis + 1)
                key[axis] = .slice(
                    start: .literal(isFirst ? 0 : -1), stop: .literal(isFirst ? 1 : .null),
                    step: .literal(.null))
                let edge = try node.operation(
                    .numpy("GetItem"), [], .tensor(x), .list(key),
                    giving: OutputType(x.type, shape), as: role)
                shape[axis] = .known(count)
                let wide = try node.operation(
                    .numpy("Repeat"), [("repeats", .integer(count)), ("axis", .integer(axis))],
                    .tensor(edge), giving: OutputType(x.type, shape), as: "\(role)_repeated")
                if isFirst {
                    parts.insert(.tensor(wide), at: 0)
                } else {
                    parts.append(.tensor(wide))
                }
            }
            shape[axis] =
                x.shape[axis].extent.map { .known($0 + border.begin + border.end) }
                ?? .unknown
            x = try node.operation(
                .numpy("Concatenate"), [("axis", .integer(axis))], .list(parts),
                giving: OutputType(x.type, shape), as: axis == used.last ? nil : "padded_\(axis)")
        }
        return x
    }
}
