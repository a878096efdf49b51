import HingeGraph
import HingeOperators

/// `Clip` as `ReLU(max_value)` when it begins at 0, as `Clip` when both bounds are constants, else as `Maximum` and
/// `Minimum`.
struct ClipRule: OperatorRule {
    func write(_ operator: Clip, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        let low = try bound(1, node)
        let high = try bound(2, node)
        if x.type.isFloatingPoint, low == .some(0), high.map({ $0 >= 0 }) ?? !node.has(2) {
            let limit = high.flatMap { $0 == .infinity ? nil : $0 }
            return [try node.layer(ReLULayer(maxValue: limit), x, giving: output)]
        }
        if let low, let high, low.isFinite, high.isFinite {
            return [
                try node.operation(
                    .numpy("Clip"),
                    [("x_min", number(low, x.type)), ("x_max", number(high, x.type))],
                    .tensor(x), giving: output)
            ]
        }
        var result = x
        if node.has(1) {
            result = try node.operation(
                .numpy("Maximum"), [], .tensor(result), try node.argument(1), giving: output,
                as: node.has(2) ? "raised" : nil)
        }
        if node.has(2) {
            result = try node.operation(
                .numpy("Minimum"), [], .tensor(result), try node.argument(2), giving: output)
        }
        return [result]
    }

    private func bound(_ position: Int, _ node: NodeWriting) throws -> Double? {
        guard let constant = node.constant(position), constant.count == 1 else { return nil }
        return constant.dataType == .float32
            ? try constant.floats().first?.decimal : try constant.doubles().first
    }

    private func number(_ value: Double, _ type: DataType) -> JSONValue {
        type.isFloatingPoint
            ? .number(value) : Int(exactly: value).map { .integer($0) } ?? .number(value)
    }
}
