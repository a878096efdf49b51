import HingeGraph
import HingeOperators

/// An activation function as a layer's configuration names it.
///
/// Source: Keras `activations`. Those with parameters have the values that the plain name stands
/// for.
enum ActivationName: String, Sendable, CaseIterable {
    case linear, relu, relu6, sigmoid, tanh, softmax, softplus, softsign, elu, selu, celu, gelu
    case silu, exponential, mish, glu, squareplus, sparsemax
    case logSoftmax = "log_softmax"
    case leakyRelu = "leaky_relu"
    case hardSigmoid = "hard_sigmoid"
    case hardSilu = "hard_silu"
    case hardTanh = "hard_tanh"
    case hardShrink = "hard_shrink"
    case softShrink = "soft_shrink"
    case tanhShrink = "tanh_shrink"
    case logSigmoid = "log_sigmoid"
    case sparsePlus = "sparse_plus"
    case sparseSigmoid = "sparse_sigmoid"

    /// The function with the given name, or another name of it.
    init?(name: String) {
        switch name {
        case "swish": self = .silu
        case "hard_swish": self = .hardSilu
        default: self.init(rawValue: name)
        }
    }
}

/// The activation that a layer applies to its result.
enum KerasActivation: Sendable {
    /// A function by name.
    case name(ActivationName)
    /// A layer in the place of a function.
    case layer(LayerInstance)

    /// No activation.
    static let linear = KerasActivation.name(.linear)

    /// The name; `nil` for a layer.
    var name: ActivationName? { if case .name(let name) = self { name } else { nil } }
}

extension ConfigReader {
    /// An activation with a default.
    ///
    /// - Throws: ``HingeError`` when it is none that Hinge knows.
    func activation(
        _ key: String, default standard: ActivationName = .linear
    ) throws -> KerasActivation {
        guard has(key) else { return .name(standard) }
        guard let value = value(key) else { return .linear }
        if let name = value.string ?? ConfigReader.functionName(value) {
            guard let activation = ActivationName(name: name) else {
                throw unsupported(key, "the activation '\(name)' is not supported")
            }
            return .name(activation)
        }
        guard let layer = try layer(key) else { return .linear }
        return .layer(layer)
    }

    /// The name of a function that Keras 3 writes as an object.
    private static func functionName(_ json: JSONValue) -> String? {
        guard json["class_name"] == "function", let name = json["config"]?.string else {
            return nil
        }
        let module = json["module"]?.string ?? "builtins"
        let isKeras = module == "builtins" || module.hasPrefix("keras")
        let isRegistered = json["registered_name"]?.string?.contains(">") ?? false
        return isKeras && !isRegistered ? name : "\(module).\(name)"
    }
}

extension ConfigWriter {
    /// Sets an activation unless it is the default.
    mutating func setActivation(
        _ key: String, _ activation: KerasActivation, default standard: ActivationName = .linear
    ) {
        switch activation {
        case .name(let name): if name != standard { self[key] = .string(name.rawValue) }
        case .layer(let instance): setLayer(key, instance)
        }
    }
}

extension LayerContext {
    /// Applies an activation.
    func activate(
        _ activation: KerasActivation, _ x: Operand, as role: String? = "activation"
    ) throws -> Operand {
        switch activation {
        case .name(let name): return try activate(name, x, as: role)
        case .layer(let instance):
            guard instance.layer.variables.count == 0 else {
                throw HingeError(
                    .unsupported, "an activation with weights of its own is not supported")
            }
            let inner = LayerContext(
                build: build, name: "\(name)/\(role ?? "activation")", weights: LayerWeights(),
                policy: policy)
            return try instance.call(KerasValue(x), inner).operand
        }
    }

    /// Applies an activation function.
    func activate(
        _ activation: ActivationName, _ x: Operand, as role: String? = "activation"
    ) throws -> Operand {
        if let simple = try simpleOperator(activation) { return try append(simple, x, as: role) }
        switch activation {
        case .linear: return x
        case .relu6: return try clip(x, 0, 6, as: role)
        case .hardTanh: return try clip(x, -1, 1, as: role)
        case .silu:
            return try append(Mul(), x, append(Sigmoid(), x, as: "sigmoid"), as: role)
        case .tanhShrink: return try append(Sub(), x, append(Tanh(), x, as: "tanh"), as: role)
        case .logSigmoid:
            let negated = try append(Neg(), x, as: "negated")
            return try append(Neg(), append(Softplus(), negated, as: "softplus"), as: role)
        case .squareplus:
            let sum = try append(
                Add(), append(Mul(), x, x, as: "square"), scalar(4, like: x), as: "shifted")
            let root = try append(Sqrt(), sum, as: "root")
            return try append(
                Mul(), append(Add(), x, root, as: "sum"), scalar(0.5, like: x), as: role)
        case .sparsePlus: return try sparsePlus(x, role)
        case .sparseSigmoid:
            let half = try append(Mul(), x, scalar(0.5, like: x), as: "half")
            let shifted = try append(Add(), half, scalar(0.5, like: x), as: "shifted")
            return try clip(shifted, 0, 1, as: role)
        case .glu: return try gatedLinearUnit(x, role)
        case .sparsemax: return try sparsemax(x, role)
        default:
            throw HingeError(
                .unsupported, "the activation '\(activation.rawValue)' is not supported")
        }
    }

    /// The one operator that is a function, if there is one.
    private func simpleOperator(_ activation: ActivationName) throws -> (any Operator)? {
        switch activation {
        case .relu: Relu()
        case .sigmoid: Sigmoid()
        case .tanh: Tanh()
        case .softplus: Softplus()
        case .softsign: Softsign()
        case .softmax: Softmax(axis: -1)
        case .logSoftmax: LogSoftmax(axis: -1)
        case .elu: Elu()
        case .selu: Selu()
        case .celu: Celu()
        case .leakyRelu: LeakyRelu(alpha: 0.2)
        case .gelu: Gelu()
        case .exponential: Exp()
        case .mish: Mish()
        case .hardSigmoid: HardSigmoid(alpha: semantics.hardSigmoidSlope, beta: 0.5)
        case .hardSilu: HardSwish()
        case .hardShrink: Shrink(bias: 0, lambda: 0.5)
        case .softShrink: Shrink(bias: 0.5, lambda: 0.5)
        default: nil
        }
    }

    /// The values of `x` brought into a range.
    func clip(
        _ x: Operand, _ low: Double?, _ high: Double?, as role: String? = nil
    ) throws -> Operand {
        let low = try low.map { try scalar($0, like: x, "low") } ?? .absent
        let high = try high.map { try scalar($0, like: x, "high") } ?? .absent
        return try append(Clip(), x, low, high, as: role)
    }

    /// `¼ (x + 1)²` between −1 and 1, 0 below, `x` above.
    private func sparsePlus(_ x: Operand, _ role: String?) throws -> Operand {
        let one = try scalar(1, like: x)
        let sum = try append(Add(), clip(x, -1, 1, as: "clipped"), one, as: "sum")
        let square = try append(
            Mul(), append(Mul(), sum, sum, as: "square"), scalar(0.25, like: x), as: "quarter")
        let isAbove = try append(Greater(), x, one, as: "above")
        return try append(Where(), isAbove, x, square, as: role)
    }

    /// The first half of the last axis times the sigmoid of the second.
    private func gatedLinearUnit(_ x: Operand, _ role: String?) throws -> Operand {
        let extent = try extent(x, -1)
        guard extent % 2 == 0 else {
            throw HingeError(.mismatch, "expected an even number of channels, found \(extent)")
        }
        let halves = try append(
            Split(axis: -1, sizes: [extent / 2, extent / 2]), [x], outputCount: 2, as: "halves")
        return try append(
            Mul(), halves[0], append(Sigmoid(), halves[1], as: "gate"), as: role)
    }

    /// What Keras computes as sparsemax, along the last axis.
    ///
    /// The threshold is made from the sum of all running sums over the elements that stay, where
    /// the paper (Martins and Astudillo, "From softmax to sparsemax", 2016, algorithm 1) has the
    /// last of them.
    private func sparsemax(_ x: Operand, _ role: String?) throws -> Operand {
        let extent = try extent(x, -1)
        let type = try dataType(x)
        try MemoryLimit.checkArray(of: Float.self, count: extent)
        let sorted = try append(TopK(k: extent), [x], outputCount: 2, as: "sorted")[0]
        let sums = try append(CumSum(axis: -1), sorted, as: "sums")
        let ranks = constant(
            try fold(Cast(to: type), [Tensor((1...max(extent, 1)).map { Float($0) })]), "ranks")
        let one = try scalar(1, like: x)
        let bound = try append(Sub(), sums, one, as: "bound")
        let isInside = try append(
            Greater(), append(Mul(), sorted, ranks, as: "scaled"), bound, as: "inside")
        let members = try append(Cast(to: type), isInside, as: "members")
        let count = try append(
            ReduceSum(axes: [-1], keepsDimensions: true), members, as: "size")
        let kept = try append(Mul(), sums, members, as: "kept")
        let total = try append(
            ReduceSum(axes: [-1], keepsDimensions: true), kept, as: "total")
        let threshold = try append(
            Div(), append(Sub(), total, one, as: "excess"), count, as: "threshold")
        return try append(
            Relu(), append(Sub(), x, threshold, as: "shifted"), as: role)
    }
}

extension KerasSemantics {
    /// The slope of `hard_sigmoid`, which Keras 3 changed.
    var hardSigmoidSlope: Float { generation == .keras3 ? 1 / 6 : 0.2 }
}
