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
    private var meaning: Meaning

    /// What a function is.
    private enum Meaning: Sendable {
        /// An operation of Keras 3 with other names of its arguments.
        case translation(Translation)
        /// A function that Keras 3 has in another form, with TensorFlow's arguments.
        case function(TensorFlowFunctions.Function)
    }

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
        /// The names of further arguments, which both have.
        var shared: Set<String> = []

        /// The names of all arguments that are understood.
        var understood: Set<String> { Set(names.keys).union(implied.keys).union(shared) }
    }
}

extension TFOpLambdaLayer {
    static let className = "TFOpLambda"
    static let otherClassNames = ["SlicingOpLambda"]

    init(_ config: ConfigReader) throws {
        function = try config.required("function", config.string("function"))
        if let translation = TFOpLambdaLayer.translations[function] {
            meaning = .translation(translation)
        } else if let known = TensorFlowFunctions.all[function] {
            meaning = .function(known)
        } else {
            throw config.unsupported(
                "function", "the TensorFlow function '\(function)' is not supported")
        }
        self.config = config
    }

    var castsInputs: Bool { false }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        // Nothing of this layer's own configuration is an argument.
        let empty = ConfigReader(
            JSONObject(), semantics: config.semantics, className: function,
            layerName: config.layerName)
        switch meaning {
        case .function(let known):
            try requireUnderstood(call, known.arguments)
            return try known.build(
                OperationCall(config: empty, arguments: call.arguments, context: context)
            ).map { KerasValue($0) }
        case .translation(let translation):
            try requireUnderstood(call, translation.understood)
            return try build(call, translation, empty, context)
        }
    }

    private func build(
        _ call: LayerCall, _ translation: Translation, _ empty: ConfigReader,
        _ context: LayerContext
    ) throws -> [KerasValue] {
        guard let build = KerasOperations.all[translation.operation] else {
            throw HingeError(.internalError, "no operation '\(translation.operation)'")
        }
        var named: [(key: String, value: CallArgument<KerasValue>)] = []
        for (key, value) in call.arguments.named where !value.isNone {
            // Sizes of which one follows from the others have a name of their own.
            let isRest =
                key == "num_or_size_splits"
                && value.plain?.array?.contains { ($0.int ?? 0) < 0 } == true
            named.append(
                isRest
                    ? ("part_sizes", value)
                    : (translation.names[key] ?? key, try modern(key, value)))
        }
        for (key, value) in translation.implied where !named.contains(where: { $0.key == key }) {
            named.append((key, .literal(value)))
        }
        if let first = call.arguments.positional.first {
            named.append((translation.first, first))
        }
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
        return value
    }

    /// Throws when a call has an argument that isn't understood and asks for something.
    private func requireUnderstood(_ call: LayerCall, _ names: Set<String>) throws {
        for (key, value) in call.arguments.named
        where !names.contains(key) && !["name", "bad_indices_policy"].contains(key) {
            guard let plain = value.plain,
                [.null, .bool(false), .integer(0), .string(""), .array([])].contains(plain)
            else {
                throw HingeError(
                    .unsupported, "the argument '\(key)' of '\(function)' is not supported")
            }
        }
    }

    func write(_ writer: inout ConfigWriter) {
        writer["function"] = .string(function)
    }
}
