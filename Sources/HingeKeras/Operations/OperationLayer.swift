import HingeGraph
import HingeOperators

/// An operation that a model of Keras 3 applies directly to tensors: `keras.ops.add(x, y)`.
///
/// In configurations such operations stand among the layers, with a class in `keras.src.ops` and
/// their constant arguments as fields.
struct OperationLayer: KerasLayer {
    /// The class.
    var operation: String
    /// The constant arguments.
    var config: ConfigReader
    private var build: KerasOperations.Build
}

extension OperationLayer {
    static let className = "Operation"

    init(_ config: ConfigReader) throws {
        guard let build = KerasOperations.all[config.className] else {
            throw HingeError(
                .unsupported, "the operation '\(config.className)' is not supported")
        }
        operation = config.className
        self.config = config
        self.build = build
    }

    var masking: Masking { .own }
    var castsInputs: Bool { false }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let results = try build(
            OperationCall(config: config, arguments: call.arguments, context: context))
        let mask = try isUnchanged(call, results, context) ? call.keptMask : nil
        return results.map { KerasValue($0, mask: mask) }
    }

    /// Whether Keras gives back the very tensor that it got, with its mask: when it has the wanted
    /// type already.
    private func isUnchanged(
        _ call: LayerCall, _ results: [Operand], _ context: LayerContext
    ) throws -> Bool {
        guard ["Cast", "ConvertToTensor"].contains(operation), results.count == 1,
            let input = call.inputs.first
        else { return false }
        return try context.dataType(input.operand) == context.dataType(results[0])
    }

    func write(_ writer: inout ConfigWriter) {
        for member in config.object.members where member.key != "name" {
            writer[member.key] = member.value
        }
    }
}

/// The operations of Keras 3 that Hinge knows, by class.
enum KerasOperations {
    /// Builds one call of an operation from operators.
    typealias Build = @Sendable (OperationCall) throws -> [Operand]

    /// The operations.
    static let all: [String: Build] = elementwise.merging(binary) { first, _ in first }
        .merging(reductions) { first, _ in first }
        .merging(rearranging) { first, _ in first }
        .merging(selecting) { first, _ in first }
        .merging(products) { first, _ in first }
        .merging(filling) { first, _ in first }
        .merging(numeric) { first, _ in first }
        .merging(arranging) { first, _ in first }
        .merging(neural) { first, _ in first }
}

/// One call of an operation: its arguments, whether the configuration or the call holds them.
struct OperationCall {
    /// The constant arguments.
    let config: ConfigReader
    /// The arguments of the call.
    let arguments: CallArguments<KerasValue>
    /// Where to build.
    let context: LayerContext

    /// The argument with the given name, or at the given position.
    func argument(_ name: String, _ position: Int? = nil) -> CallArgument<KerasValue>? {
        if let argument = arguments[name] { return argument }
        if let position, position < arguments.positional.count {
            return arguments.positional[position]
        }
        return config.value(name).map { .literal($0) }
    }

    /// A plain argument, as a reader of its own kind.
    private var reader: ConfigReader {
        var object = config.object
        for (name, argument) in arguments.named {
            if let value = argument.plain { object[name] = value }
        }
        return ConfigReader(
            object, semantics: config.semantics, className: config.className,
            layerName: config.layerName)
    }

    /// The plain arguments by name; those by position under the given names.
    func values(_ names: String...) -> ConfigReader {
        var object = reader.object
        for (position, name) in names.enumerated() where position < arguments.positional.count {
            if let value = arguments.positional[position].plain { object[name] = value }
        }
        return ConfigReader(
            object, semantics: config.semantics, className: config.className,
            layerName: config.layerName)
    }
}

extension CallArgument {
    /// The argument as JSON, if there are no tensors in it.
    var plain: JSONValue? {
        switch self {
        case .literal(let value): return value
        case .list(let items):
            let values = items.compactMap(\.plain)
            return values.count == items.count ? .array(values) : nil
        default: return nil
        }
    }
}

// MARK: - Tensors

extension OperationCall {
    /// The tensor that is an argument; a constant becomes one of the graph.
    ///
    /// - Parameters:
    ///   - name: The argument's name.
    ///   - position: Its position.
    ///   - like: The value that a plain number takes its type from.
    /// - Throws: ``HingeError`` when there is none.
    func tensor(_ name: String, _ position: Int, like other: Operand? = nil) throws -> Operand {
        guard let argument = argument(name, position), !argument.isNone else {
            throw HingeError(.mismatch, "expected an argument '\(name)', found none")
        }
        return try tensor(argument, name, like: other)
    }

    /// A tensor for an argument.
    func tensor(
        _ argument: CallArgument<KerasValue>, _ name: String, like other: Operand? = nil
    ) throws -> Operand {
        switch argument {
        case .tensor(let value): return value.operand
        case .constant(let tensor): return context.constant(tensor, name)
        default:
            guard let value = argument.plain else {
                throw HingeError(
                    .unsupported, "an argument '\(name)' of this kind is not supported")
            }
            return context.constant(try constant(value, like: other), name)
        }
    }

    /// A number or nested lists of them: of the other value's type where that can hold them.
    private func constant(_ value: JSONValue, like other: Operand?) throws -> Tensor {
        let isWhole = value.isWhole
        var type = isWhole ? DataType.int32 : .float32
        if value.bool != nil { type = .bool }
        if let other, value.bool == nil {
            let given = try context.dataType(other)
            if given.isFloatingPoint || isWhole && given != .bool { type = given }
        }
        return try ConfigTensor.tensor(value, type)
    }

    /// The tensors of a list that is an argument.
    func tensors(_ name: String, _ position: Int) throws -> [Operand] {
        guard case .list(let items)? = argument(name, position), !items.isEmpty else {
            throw HingeError(.mismatch, "expected a list of tensors '\(name)', found none")
        }
        return try items.map { try tensor($0, name) }
    }

    /// Two tensors brought to one type, the one that Keras computes in.
    func pair(_ first: String, _ second: String) throws -> (Operand, Operand) {
        let isFirstPlain = argument(first, 0)?.plain != nil
        if isFirstPlain {
            let b = try tensor(second, 1)
            return try promoted(tensor(first, 0, like: b), b)
        }
        let a = try tensor(first, 0)
        return try promoted(a, tensor(second, 1, like: a))
    }

    /// Two tensors brought to one type of numbers: truth values count as 32-bit integers.
    func numbers(_ first: String, _ second: String) throws -> (Operand, Operand) {
        let (a, b) = try pair(first, second)
        guard try context.dataType(a) == .bool else { return (a, b) }
        return (try cast(a, .int32), try cast(b, .int32))
    }

    /// Two values in one type.
    func promoted(_ a: Operand, _ b: Operand) throws -> (Operand, Operand) {
        let type = try KerasOperations.common(context.dataType(a), context.dataType(b))
        return (try cast(a, type), try cast(b, type))
    }

    /// Values in one type.
    func promoted(_ values: [Operand]) throws -> [Operand] {
        try context.promoted(values)
    }

    /// A value in a type.
    func cast(_ x: Operand, _ type: DataType, as role: String? = "cast") throws -> Operand {
        try context.dataType(x) == type ? x : context.append(Cast(to: type), x, as: role)
    }

    /// A value in a floating-point type: its own, or single precision.
    func floating(_ x: Operand) throws -> Operand {
        try context.dataType(x).isFloatingPoint ? x : cast(x, .float32)
    }

    /// A number of a value's type.
    func scalar(_ value: Double, like x: Operand) throws -> Operand {
        try context.scalar(value, like: x)
    }
}

extension KerasOperations {
    /// The type in which values of two types are combined, as NumPy and Keras have it.
    static func common(_ a: DataType, _ b: DataType) throws -> DataType {
        if a == b { return a }
        if a == .bool { return b }
        if b == .bool { return a }
        switch (a.isFloatingPoint, b.isFloatingPoint) {
        case (true, false): return a
        case (false, true): return b
        case (true, true):
            if a.bitWidth == b.bitWidth { return .float32 }
            return a.bitWidth > b.bitWidth ? a : b
        case (false, false):
            if a.isUnsignedInteger == b.isUnsignedInteger { return a.bitWidth > b.bitWidth ? a : b }
            let (signed, unsigned) = a.isUnsignedInteger ? (b, a) : (a, b)
            if signed.bitWidth > unsigned.bitWidth { return signed }
            switch unsigned {
            case .uint8: return .int16
            case .uint16: return .int32
            case .uint32: return .int64
            default: return .float32
            }
        }
    }
}

extension JSONValue {
    /// Whether all numbers in this value are whole ones, written as such.
    fileprivate var isWhole: Bool {
        switch self {
        case .integer: true
        case .array(let values): values.allSatisfy(\.isWhole)
        default: false
        }
    }
}
