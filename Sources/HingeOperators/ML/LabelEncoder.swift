import HingeGraph

/// Replaces each element by the value of an equal key; elementwise.
///
/// Every NaN is the same key. Of a key that occurs twice, the last place counts.
///
/// Source: ONNX ml LabelEncoder 1, 2, 4. In version 1 the keys are strings and the values their places in the list, or
/// the other way round, as the type of the input says.
public struct LabelEncoder: MachineLearningOperator {
    /// Keys, their values, and the value of an element that is none of them.
    public struct Table: Sendable, Hashable {
        /// The keys, a vector.
        public var keys: Tensor
        /// The values, a vector of the same length.
        public var values: Tensor
        /// The value of what is no key, one element.
        public var defaultValue: Tensor

        /// Creates a table.
        public init(keys: Tensor, values: Tensor, defaultValue: Tensor) {
            self.keys = keys
            self.values = values
            self.defaultValue = defaultValue
        }
    }

    /// The tables, of which the one with keys of the input's type counts.
    public var tables: [Table]

    /// Creates the operator.
    public init(_ table: Table) {
        tables = [table]
    }
}

public extension LabelEncoder {
    static let type = "LabelEncoder"

    init(_ node: NodeReader) throws {
        if node.opset < 2 {
            tables = try LabelEncoder.firstVersion(node)
        } else {
            let keys = try node.vector("keys")
            let values = try node.vector("values")
            let defaultValue = try LabelEncoder.defaultValue(node, values.dataType)
            tables = [Table(keys: keys, values: values, defaultValue: defaultValue)]
        }
        for table in tables {
            guard table.keys.count == table.values.count else {
                throw HingeError(
                    .badData,
                    "expected as many values as keys, found \(table.values.count) and "
                        + "\(table.keys.count)")
            }
        }
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        guard let type = context.dataType(0) else {
            let type = tables.count == 1 ? tables[0].values.dataType : nil
            return [.tensor(type, context.shape(0))]
        }
        return [.tensor(try table(type).values.dataType, context.shape(0))]
    }

    var locality: Locality { .elementwise }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .looking(up: context.dataType(0).flatMap { try? table($0).keys })]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let known = try table(context.input(0).dataType)
        let table = try LookupTable(
            keys: known.keys, values: known.values, defaultValue: known.defaultValue)
        return { context in try table.write(context.input(0), &context) }
    }

    /// The table whose keys are of a type.
    private func table(_ type: DataType) throws -> Table {
        guard let table = tables.first(where: { $0.keys.dataType == type }) else {
            let types = tables.map(\.keys.dataType.description).joined(separator: " or ")
            throw HingeError(.mismatch, "expected elements of type \(types), found \(type)")
        }
        return table
    }
}

// MARK: - Reading

extension LabelEncoder {
    private static func firstVersion(_ node: NodeReader) throws -> [Table] {
        guard let classes = try node.byteStrings("classes_strings") else {
            throw node.error("classes_strings", "expected a value, found none")
        }
        let words = try Tensor.vector(classes)
        let places = Tensor(classes.indices.map { Int64($0) })
        let integer = Int64(try node.int("default_int64", default: -1))
        let word = try node.byteString("default_string") ?? "_Unused"
        return [
            Table(keys: words, values: places, defaultValue: Tensor([integer])),
            Table(keys: places, values: words, defaultValue: try .vector([word])),
        ]
    }

    private static func defaultValue(_ node: NodeReader, _ type: DataType) throws -> Tensor {
        if node.opset >= 4, let tensor = try node.tensor("default_tensor") {
            guard tensor.count == 1, tensor.dataType == type else {
                throw node.error(
                    "default_tensor",
                    "expected one element of type \(type), found \(tensor.dataType)\(tensor.shape)")
            }
            return try tensor.reshaped(to: [1])
        }
        switch type {
        case .string: return try .vector([node.byteString("default_string") ?? "_Unused"])
        case .int64: return Tensor([Int64(try node.int("default_int64", default: -1))])
        case .float32: return Tensor([try node.float("default_float", default: -0.0)])
        case .float64: return Tensor([-0.0] as [Double])
        default: return try Tensor(filledWith: -1, type, shape: [1])
        }
    }
}

extension NodeReader {
    /// The vector that one of the attributes of keys or values holds: integers, strings, numbers or a tensor.
    ///
    /// - Throws: ``HingeError`` unless there is just one.
    fileprivate func vector(_ name: String) throws -> Tensor {
        let integers = try integerList("\(name)_int64s").map { Tensor($0.map { Int64($0) }) }
        let strings = try byteStrings("\(name)_strings").map { try Tensor.vector($0) }
        let floats = try numberList("\(name)_floats").map { Tensor($0) }
        let tensor = try opset < 4 ? nil : self.tensor("\(name)_tensor")
        let all = [integers, strings, floats, tensor].compactMap { $0 }
        guard all.count == 1, LabelEncoder.types.contains(all[0].dataType) else {
            throw HingeError(
                .badData, "expected one of the attributes '\(name)_…', found \(all.count)")
        }
        return try all[0].reshaped(to: [all[0].count])
    }
}

// MARK: - Spelling

public extension LabelEncoder {
    internal static let types: [DataType] = [
        .string, .int64, .float32, .float64, .int32, .int16,
    ]

    func spell(_ speller: inout Speller) throws {
        if speller.opset < 2 {
            return speller.emit(Self.type, try firstVersion(speller))
        }
        guard let table = tables.count == 1 ? tables[0] : try speller.dataType(0).map(table) else {
            throw HingeError(
                .unsupported,
                "the type of the input must be known to write LabelEncoder for opset "
                    + "\(speller.opset)")
        }
        let (keys, isPlain) = try LabelEncoder.attribute("keys", table.keys)
        let (values, hasPlainValues) = try LabelEncoder.attribute("values", table.values)
        guard speller.opset >= 4 || isPlain && hasPlainValues else {
            throw speller.needs(4, "LabelEncoder of \(table.keys.dataType)")
        }
        speller.emit(Self.type, [try defaultAttribute(table.defaultValue), keys, values])
    }

    /// The attribute that holds keys or values, and whether version 2 has it.
    private static func attribute(
        _ name: String, _ tensor: Tensor
    ) throws -> (Attribute, isPlain: Bool) {
        if let strings = tensor.strings { return (.strings("\(name)_strings", strings), true) }
        switch tensor.dataType {
        case .int64: return (.ints("\(name)_int64s", try tensor.integers()), true)
        case .float32: return (.floats("\(name)_floats", try tensor.floats()), true)
        default: return (.tensor("\(name)_tensor", tensor), false)
        }
    }

    private func defaultAttribute(_ tensor: Tensor) throws -> Attribute {
        if let word = tensor.strings?.first { return .string("default_string", word) }
        switch tensor.dataType {
        case .int64: return .int("default_int64", try tensor.integer())
        case .float32: return .float("default_float", try tensor.floats()[0])
        default: return .tensor("default_tensor", tensor)
        }
    }

    /// The attributes of version 1, where the numbers are the places of the strings.
    private func firstVersion(_ speller: Speller) throws -> [Attribute] {
        var attributes: [Attribute] = []
        var classes: [ByteString]?
        for table in tables {
            let (words, numbers) =
                table.keys.dataType == .string
                ? (table.keys, table.values) : (table.values, table.keys)
            guard let strings = words.strings, numbers.dataType == .int64,
                try numbers.integers() == Array(strings.indices), classes ?? strings == strings
            else { throw speller.needs(2, "LabelEncoder of keys that are no places") }
            classes = strings
            attributes.append(try defaultAttribute(table.defaultValue))
        }
        return attributes + [.strings("classes_strings", classes ?? [])]
    }
}

extension LabelEncoder: UndifferentiatedOperator {
    /// It looks up what it maps.
    public static var derivativeAbsence: DerivativeAbsence { .zero("it looks up what it maps") }
}
