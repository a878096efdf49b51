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
        return [try padded(`operator`, x, borders, value, output, node)]
    }

    /// Elements removed first, and then added.
    private func padded(
        _ operator: Pad, _ x: KerasTensor, _ borders: [(begin: Int, end: Int)], _ value: Double,
        _ output: OutputType, _ node: NodeWriting
    ) throws -> KerasTensor {
        var x = x
        let added = borders.map { (begin: max($0.begin, 0), end: max($0.end, 0)) }
        if borders.contains(where: { $0.begin < 0 || $0.end < 0 }) {
            let isAll = added.allSatisfy { $0 == (0, 0) }
            x = try removed(x, borders, output, node, as: isAll ? nil : "rest")
            if isAll { return x }
        }
        let mode: String
        switch `operator`.mode {
        case .constant: mode = "constant"
        case .reflect: mode = "reflect"
        case .edge: return try replicated(x, added, node)
        case .wrap: return try wrapped(x, added, node)
        }
        let widths = JSONValue.array(added.map { .integers([$0.begin, $0.end]) })
        var named: [(key: String, value: CallArgument<KerasTensor>)] = []
        if `operator`.mode == .constant, value != 0 {
            named.append(("constant_values", .literal(try number(value, x.type, node))))
        }
        return try node.operation(
            .numpy("Pad"), [("pad_width", widths), ("mode", .string(mode))],
            CallArguments([.tensor(x)], named), giving: [output])[0]
    }

    /// The value of added elements as a configuration has it.
    private func number(_ value: Double, _ type: DataType, _ node: NodeWriting) throws -> JSONValue
    {
        if type.isFloatingPoint { return .number(value) }
        if type == .bool { return .bool(value != 0) }
        guard value.magnitude <= 0x1p53, let whole = Int(exactly: value) else {
            throw node.unsupported("the value \(value) of added elements is too large")
        }
        return .integer(whole)
    }

    /// What is left where borders are negative.
    private func removed(
        _ x: KerasTensor, _ borders: [(begin: Int, end: Int)], _ output: OutputType,
        _ node: NodeWriting, as role: String?
    ) throws -> KerasTensor {
        var slices: [Int: (start: Int?, end: Int?, step: Int?)] = [:]
        var shape = x.shape
        for (axis, border) in borders.enumerated() where border.begin < 0 || border.end < 0 {
            let (begin, end) = (min(border.begin, 0), min(border.end, 0))
            slices[axis] = (begin < 0 ? -begin : nil, end < 0 ? end : nil, nil)
            shape[axis] = x.shape[axis].extent.map { .known(max($0 + begin + end, 0)) } ?? .unknown
        }
        return try node.sliced(x, slices, giving: OutputType(x.type, shape), as: role)
    }

    private func value(_ node: NodeWriting) throws -> Double {
        guard node.has(2) else { return 0 }
        let constant = try node.requiredConstant(2, "the value of added elements")
        return constant.dataType == .float32
            ? try constant.floats().first?.decimal ?? 0 : try constant.doubles().first ?? 0
    }

    /// The first and last elements repeated, axis by axis.
    private func replicated(
        _ x: KerasTensor, _ borders: [(begin: Int, end: Int)], _ node: NodeWriting
    ) throws -> KerasTensor {
        try surrounded(x, borders, node) { x, axis, count, isFirst, role in
            var shape = x.shape
            shape[axis] = 1
            let edge = try node.sliced(
                x, [axis: isFirst ? (0, 1, nil) : (-1, nil, nil)],
                giving: OutputType(x.type, shape), as: role)
            shape[axis] = .known(count)
            return try node.operation(
                .numpy("Repeat"), [("repeats", .integer(count)), ("axis", .integer(axis))],
                .tensor(edge), giving: OutputType(x.type, shape), as: "\(role)_repeated")
        }
    }

    /// The elements at the other end, axis by axis.
    private func wrapped(
        _ x: KerasTensor, _ borders: [(begin: Int, end: Int)], _ node: NodeWriting
    ) throws -> KerasTensor {
        try surrounded(x, borders, node) { x, axis, count, isFirst, role in
            guard let extent = x.shape[axis].extent, count <= extent else {
                throw node.unsupported(
                    "Keras can't add more elements than there are at the other end")
            }
            var shape = x.shape
            shape[axis] = .known(count)
            return try node.sliced(
                x, [axis: isFirst ? (extent - count, nil, nil) : (0, count, nil)],
                giving: OutputType(x.type, shape), as: role)
        }
    }

    /// Elements put before and behind an axis, one axis after another.
    private func surrounded(
        _ x: KerasTensor, _ borders: [(begin: Int, end: Int)], _ node: NodeWriting,
        _ part: (
            _ x: KerasTensor, _ axis: Int, _ count: Int, _ isFirst: Bool, _ role: String
        ) throws -> KerasTensor
    ) throws -> KerasTensor {
        let used = borders.indices.filter { borders[$0] != (0, 0) }
        var x = x
        for axis in used {
            let border = borders[axis]
            var parts: [CallArgument<KerasTensor>] = [.tensor(x)]
            if border.begin > 0 {
                parts.insert(.tensor(try part(x, axis, border.begin, true, "first_\(axis)")), at: 0)
            }
            if border.end > 0 {
                parts.append(.tensor(try part(x, axis, border.end, false, "last_\(axis)")))
            }
            var shape = x.shape
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
