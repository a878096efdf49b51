import HingeGraph
import HingeOperators

/// A function of TensorFlow that a model of `tf.keras` applies directly to tensors:
/// `tf.math.add(x, y)`.
///
/// Source: the layers `TFOpLambda` and `SlicingOpLambda` of `tf.keras` 2.4 and later. The first
/// argument is the one by position; the others have TensorFlow's names, which are translated to
/// those of `keras.ops`.
struct TFOpLambdaLayer: KerasLayer {
    /// The function, as it stands below `tf`.
    var function: String
    private var config: ConfigReader
    private var translation: Translation

    /// How a function of TensorFlow becomes an operation of Keras 3.
    struct Translation: Sendable {
        /// The operation.
        var operation: String
        /// The name of the first argument.
        var first = "x"
        /// The names of the other arguments, by those that TensorFlow has.
        var names: [String: String] = [:]
        /// Arguments that TensorFlow implies.
        var implied: [String: JSONValue] = [:]
    }
}

extension TFOpLambdaLayer {
    static let className = "TFOpLambda"
    static let otherClassNames = ["SlicingOpLambda"]

    init(_ config: ConfigReader) throws {
        function = try config.required("function", config.string("function"))
        guard let translation = TFOpLambdaLayer.translations[function] else {
            throw config.unsupported(
                "function", "the TensorFlow function '\(function)' is not supported")
        }
        self.translation = translation
        self.config = config
    }

    var castsInputs: Bool { false }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        guard let build = KerasOperations.all[translation.operation] else {
            throw HingeError(.internalError, "no operation '\(translation.operation)'")
        }
        var named: [(key: String, value: CallArgument<KerasValue>)] = []
        for (key, value) in call.arguments.named where !value.isNone {
            named.append((translation.names[key] ?? key, try modern(key, value)))
        }
        for (key, value) in translation.implied where !named.contains(where: { $0.key == key }) {
            named.append((key, .literal(value)))
        }
        if let first = call.arguments.positional.first {
            named.append((translation.first, first))
        }
        // Nothing of this layer's own configuration is an argument.
        let empty = ConfigReader(
            JSONObject(), semantics: config.semantics, className: function,
            layerName: config.layerName)
        let result = try build(
            OperationCall(
                config: empty, arguments: CallArguments([], named), context: context))
        return result.map { KerasValue($0) }
    }

    /// An argument as `keras.ops` takes it.
    private func modern(
        _ key: String, _ value: CallArgument<KerasValue>
    ) throws -> CallArgument<KerasValue> {
        if key == "num_or_size_splits", let sizes = value.plain?.array?.compactMap(\.int) {
            // Sizes, where Keras takes the positions between the parts.
            let ends = sizes.indices.map { index in sizes[...index].reduce(0, &+) }
            return .literal(.integers(Array(ends.dropLast())))
        }
        if key == "mode", let mode = value.literal?.string {
            return .literal(.string(mode.lowercased()))
        }
        if ["transpose_a", "transpose_b", "conjugate", "adjoint_a", "adjoint_b"].contains(key),
            function != "linalg.matmul", value.literal?.bool == true
        {
            throw HingeError(.unsupported, "the argument '\(key)' is not supported")
        }
        return value
    }

    func write(_ writer: inout ConfigWriter) {
        writer["function"] = .string(function)
    }
}

extension TFOpLambdaLayer {
    /// The functions that Hinge knows, as they stand below `tf`.
    private static let translations: [String: Translation] = {
        var table: [String: Translation] = [:]
        func pairs(_ names: [String], _ operation: String) {
            for name in names {
                table[name] = Translation(
                    operation: operation, first: "x1", names: ["y": "x2"])
            }
        }
        func singles(_ names: [String: String]) {
            for (name, operation) in names {
                table[name] = Translation(operation: operation, names: ["features": "x"])
            }
        }
        pairs(["__operators__.add", "math.add"], "Add")
        pairs(["math.subtract"], "Subtract")
        pairs(["math.multiply"], "Multiply")
        pairs(["math.truediv", "math.divide"], "TrueDivide")
        pairs(["math.floordiv"], "FloorDivide")
        pairs(["math.floormod", "math.mod"], "Mod")
        pairs(["math.pow"], "Power")
        pairs(["math.maximum"], "Maximum")
        pairs(["math.minimum"], "Minimum")
        pairs(["math.squared_difference"], "SquaredDifference")
        pairs(["math.greater"], "Greater")
        pairs(["math.greater_equal"], "GreaterEqual")
        pairs(["math.less"], "Less")
        pairs(["math.less_equal"], "LessEqual")
        pairs(["math.equal", "__operators__.eq"], "Equal")
        pairs(["math.not_equal", "__operators__.ne"], "NotEqual")
        pairs(["math.logical_and"], "LogicalAnd")
        pairs(["math.logical_or"], "LogicalOr")
        pairs(["math.logical_xor"], "LogicalXor")
        singles([
            "math.negative": "Negative", "math.abs": "Absolute", "math.exp": "Exp",
            "math.log": "Log", "math.log1p": "Log1p", "math.expm1": "Expm1", "math.sqrt": "Sqrt",
            "math.rsqrt": "Rsqrt", "math.square": "Square", "math.tanh": "Tanh",
            "math.sigmoid": "Sigmoid", "math.softplus": "Softplus", "math.erf": "Erf",
            "math.sin": "Sin", "math.cos": "Cos", "math.tan": "Tan", "math.ceil": "Ceil",
            "math.floor": "Floor", "math.round": "Round", "math.sign": "Sign",
            "math.reciprocal": "Reciprocal", "math.logical_not": "LogicalNot",
            "math.is_nan": "Isnan", "math.is_inf": "Isinf", "math.is_finite": "Isfinite",
            "nn.relu": "Relu", "nn.relu6": "Relu6", "nn.selu": "Selu", "nn.softplus": "Softplus",
            "nn.softsign": "Softsign", "nn.sigmoid": "Sigmoid", "nn.tanh": "Tanh",
            "nn.elu": "Elu", "nn.log_softmax": "LogSoftmax", "nn.softmax": "Softmax",
            "identity": "Identity", "stop_gradient": "Identity",
        ])
        for name in ["nn.silu", "nn.swish"] { table[name] = Translation(operation: "Silu") }
        table["nn.gelu"] = Translation(operation: "Gelu", implied: ["approximate": false])
        table["nn.leaky_relu"] = Translation(
            operation: "LeakyRelu", names: ["alpha": "negative_slope"],
            implied: ["negative_slope": 0.2])
        for (name, operation) in [
            "mean": "Mean", "sum": "Sum", "max": "Max", "min": "Min", "prod": "Prod",
            "any": "Any", "all": "All", "logsumexp": "Logsumexp", "variance": "Var", "std": "Std",
        ] {
            table["math.reduce_\(name)"] = Translation(operation: operation)
        }
        table["math.argmax"] = Translation(operation: "Argmax", implied: ["axis": 0])
        table["math.argmin"] = Translation(operation: "Argmin", implied: ["axis": 0])
        table["math.cumsum"] = Translation(operation: "Cumsum", implied: ["axis": 0])
        table["reshape"] = Translation(operation: "Reshape", names: ["shape": "newshape"])
        for name in ["compat.v1.transpose", "transpose"] {
            table[name] = Translation(operation: "Transpose", names: ["perm": "axes"])
        }
        table["concat"] = Translation(operation: "Concatenate", first: "xs")
        table["stack"] = Translation(operation: "Stack", first: "x")
        table["unstack"] = Translation(operation: "Unstack")
        table["split"] = Translation(
            operation: "Split", names: ["num_or_size_splits": "indices_or_sections"])
        table["expand_dims"] = Translation(operation: "ExpandDims")
        for name in ["compat.v1.squeeze", "squeeze"] {
            table[name] = Translation(operation: "Squeeze")
        }
        table["cast"] = Translation(operation: "Cast")
        table["clip_by_value"] = Translation(
            operation: "Clip", names: ["clip_value_min": "x_min", "clip_value_max": "x_max"])
        for name in ["compat.v1.pad", "pad"] {
            table[name] = Translation(operation: "Pad", names: ["paddings": "pad_width"])
        }
        for name in ["where", "compat.v1.where"] {
            table[name] = Translation(
                operation: "Where", first: "condition", names: ["x": "x1", "y": "x2"])
        }
        for name in ["compat.v1.gather", "gather"] {
            table[name] = Translation(operation: "Take", implied: ["axis": 0])
        }
        table["tile"] = Translation(operation: "Tile", names: ["multiples": "repeats"])
        table["linalg.matmul"] = Translation(
            operation: "Matmul", first: "x1", names: ["b": "x2"])
        table["one_hot"] = Translation(operation: "OneHot", names: ["depth": "num_classes"])
        table["__operators__.getitem"] = Translation(
            operation: "GetItem", names: ["slice_spec": "key"])
        return table
    }()
}
