import HingeGraph
import HingeOperators

/// `LpNormalization` as a quotient by the sum of magnitudes, or by the root of the sum of squares; 0 where that is 0.
struct LpNormalizationRule: OperatorRule {
    func write(_ operator: LpNormalization, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let axis = try InferenceContext.axis(`operator`.axis, rank: x.rank)
        var reduced = x.shape
        reduced[axis] = 1
        let norm = try node.norm(
            x, `operator`.p == 1 ? 1 : 2, [axis], giving: OutputType(x.type, reduced), as: "norm")
        let isZero = try node.combined(
            "Equal", .tensor(norm), try node.zero(x.type), giving: OutputType(.bool, reduced),
            as: "zero")
        let quotient = try node.combined(
            "Divide", .tensor(x), .tensor(norm), giving: OutputType(x.type, x.shape),
            as: "quotient")
        return [
            try node.operation(
                .numpy("Where"), [], .tensor(isZero), try node.zero(x.type), .tensor(quotient),
                giving: try node.output())
        ]
    }
}

/// `GlobalLpPool` as the norm of each channel.
struct GlobalLpPoolRule: OperatorRule {
    func write(_ operator: GlobalLpPool, _ node: NodeWriting) throws -> [KerasTensor] {
        try node.requireChannelsLast()
        let x = try node.tensor(0)
        let output = try node.output()
        return [
            try node.norm(x, `operator`.p, Array(1..<x.rank - 1), giving: output, as: nil)
        ]
    }
}

/// `MeanVarianceNormalization` as the operations that it is made of.
struct MeanVarianceNormalizationRule: OperatorRule {
    func write(
        _ operator: MeanVarianceNormalization, _ node: NodeWriting
    ) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let axes = try `operator`.axes.map { try InferenceContext.axis($0, rank: x.rank) }.sorted()
        let (centered, variance) = try node.centered(x, axes)
        let type = OutputType(x.type, variance.shape)
        let root = try node.operation(
            .numpy("Sqrt"), [], .tensor(variance), giving: type, as: "deviation")
        let deviation = try node.combined(
            "Add", .tensor(root), try node.number(1e-9, x.type), giving: type, as: "shifted")
        return [
            try node.combined(
                "Divide", .tensor(centered), .tensor(deviation), giving: try node.output())
        ]
    }
}

extension NodeWriting {
    /// The p-norm along axes, which stay with an extent of 1.
    func norm(
        _ x: KerasTensor, _ p: Float, _ axes: [Int], giving type: OutputType, as role: String?
    ) throws -> KerasTensor {
        let same = OutputType(x.type, x.shape)
        var powers = try operation(
            .numpy(p == 2 ? "Square" : "Absolute"), [], .tensor(x), giving: same, as: "magnitudes")
        if p != 1, p != 2 {
            powers = try combined(
                "Power", .tensor(powers), try number(Double(p), x.type), giving: same,
                as: "powers")
        }
        let sum = try operation(
            .numpy("Sum"), [("axis", .integers(axes)), ("keepdims", true)], .tensor(powers),
            giving: type, as: p == 1 ? role : "sum")
        return try root(sum, p, as: role)
    }

    /// The p-th root.
    func root(_ x: KerasTensor, _ p: Float, as role: String?) throws -> KerasTensor {
        let type = OutputType(x.type, x.shape)
        if p == 1 { return x }
        if p == 2 { return try operation(.numpy("Sqrt"), [], .tensor(x), giving: type, as: role) }
        return try combined(
            "Power", .tensor(x), try number(1 / Double(p), x.type), giving: type, as: role)
    }

    /// A tensor less its mean along axes, and its variance along them; the axes stay with an extent of 1.
    func centered(
        _ x: KerasTensor, _ axes: [Int]
    ) throws -> (centered: KerasTensor, variance: KerasTensor) {
        let same = OutputType(x.type, x.shape)
        var reduced = x.shape
        for axis in axes { reduced[axis] = 1 }
        let type = OutputType(x.type, reduced)
        let mean = try self.mean(x, axes, giving: type, as: "mean")
        let centered = try combined(
            "Subtract", .tensor(x), .tensor(mean), giving: same, as: "centered")
        let square = try operation(
            .numpy("Square"), [], .tensor(centered), giving: same, as: "square")
        return (centered, try self.mean(square, axes, giving: type, as: "variance"))
    }

    /// The mean along axes, which stay with an extent of 1.
    func mean(
        _ x: KerasTensor, _ axes: [Int], giving type: OutputType, as role: String
    ) throws -> KerasTensor {
        try operation(
            .numpy("Mean"), [("axis", .integers(axes)), ("keepdims", true)], .tensor(x),
            giving: type, as: role)
    }
}
