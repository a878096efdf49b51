import HingeGraph

/// Strings as the integers that two parallel lists give them, or integers as the strings; elementwise.
///
/// Which way it goes depends on the type of the input. Of something that occurs twice in a list, the last place counts.
///
/// Source: ONNX ml CategoryMapper 1.
public struct CategoryMapper: MachineLearningOperator {
    /// The integers.
    public var integers: [Int]
    /// The strings.
    public var strings: [ByteString]
    /// The integer of a string that isn't in the list.
    public var defaultInteger: Int
    /// The string of an integer that isn't in the list.
    public var defaultString: ByteString

    /// Creates the operator.
    ///
    /// - Precondition: Both lists have the same length.
    public init(
        integers: [Int], strings: [ByteString], defaultInteger: Int = -1,
        defaultString: ByteString = "_Unused"
    ) {
        precondition(integers.count == strings.count)
        self.integers = integers
        self.strings = strings
        self.defaultInteger = defaultInteger
        self.defaultString = defaultString
    }
}

public extension CategoryMapper {
    static let type = "CategoryMapper"

    init(_ node: NodeReader) throws {
        integers = try node.ints("cats_int64s") ?? []
        strings = try node.byteStrings("cats_strings") ?? []
        defaultInteger = try node.int("default_int64", default: -1)
        defaultString = try node.byteString("default_string") ?? "_Unused"
        guard integers.count == strings.count, !integers.isEmpty else {
            throw node.error(
                "cats_strings",
                "expected as many strings as integers, found \(strings.count) and "
                    + "\(integers.count)")
        }
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [
                .ints("cats_int64s", integers), .strings("cats_strings", strings),
                .int("default_int64", defaultInteger), .string("default_string", defaultString),
            ])
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        [.tensor(CategoryMapper.output(context.dataType(0)), context.shape(0))]
    }

    var locality: Locality { .elementwise }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .looking(up: context.dataType(0) == .string ? try? .vector(strings) : numbers)]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        guard [.int64, .string].contains(x.dataType) else { throw x.notSupported() }
        let words = try Tensor.vector(strings)
        let table =
            x.dataType == .string
            ? try LookupTable(
                keys: words, values: numbers, defaultValue: Tensor([Int64(defaultInteger)]))
            : try LookupTable(
                keys: numbers, values: words, defaultValue: .vector([defaultString]))
        return { context in try table.write(context.input(0), &context) }
    }

    private var numbers: Tensor { Tensor(integers.map { Int64($0) }) }

    private static func output(_ input: DataType?) -> DataType? {
        input.map { $0 == .string ? .int64 : .string }
    }
}

extension CategoryMapper: UndifferentiatedOperator {
    /// It looks up text and whole numbers.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("it looks up text and whole numbers")
    }
}
