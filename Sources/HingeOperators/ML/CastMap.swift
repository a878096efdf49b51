import HingeGraph

/// The values of a map from integers as one row, in ascending order of the keys: `[1, C]`, C the number of entries; or,
/// sparse, each in the column of its key.
///
/// What a sparse map has no value for is 0, as a string "0.f". Values are converted as by ``Cast``.
///
/// Source: ONNX ml CastMap 1; the shape and what stands for no value are those of ONNX Runtime, of which the standard
/// says nothing.
public struct CastMap: MachineLearningOperator {
    /// The element type of the row: `float32`, `int64` or `string`.
    public var type: DataType
    /// The number of columns, if values stand in the columns of their keys.
    public var sparseColumns: Int?

    /// Creates the operator.
    public init(to type: DataType = .float32, sparseColumns: Int? = nil) {
        self.type = type
        self.sparseColumns = sparseColumns
    }
}

public extension CastMap {
    static let type = "CastMap"

    private static let types: [(name: String, type: DataType)] = [
        ("TO_FLOAT", .float32), ("TO_STRING", .string), ("TO_INT64", .int64),
    ]

    init(_ node: NodeReader) throws {
        let name = try node.string("cast_to") ?? "TO_FLOAT"
        guard let type = CastMap.types.first(where: { $0.name == name })?.type else {
            throw node.error(
                "cast_to", "expected 'TO_FLOAT', 'TO_STRING' or 'TO_INT64', found '\(name)'")
        }
        self.type = type
        switch try node.string("map_form") ?? "DENSE" {
        case "DENSE": sparseColumns = nil
        case "SPARSE":
            let columns = try node.int("max_map", default: 1)
            guard columns >= 0 else {
                throw node.error("max_map", "expected a number of columns, found \(columns)")
            }
            sparseColumns = columns
        case let form:
            throw node.error("map_form", "expected 'DENSE' or 'SPARSE', found '\(form)'")
        }
    }

    func spell(_ speller: inout Speller) throws {
        guard let name = CastMap.types.first(where: { $0.type == type })?.name else {
            throw HingeError(.unsupported, "CastMap does not give elements of type \(type)")
        }
        speller.emit(
            Self.type,
            [
                .string("cast_to", name),
                .string("map_form", sparseColumns == nil ? "DENSE" : "SPARSE"),
                .int("max_map", sparseColumns ?? 1),
            ])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.requireMap(0)
        return [.tensor(type, [1, sparseColumns.map { .known($0) } ?? .unknown])]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        guard let sparseColumns else { return [:] }
        return [0: .map(with: Tensor((0..<Int64(min(sparseColumns, 8))).map { $0 }))]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        { context in
            let (keys, values) = try context.map(0)
            guard keys.dataType.isInteger else {
                throw HingeError(.mismatch, "expected integer keys, found \(keys.dataType)")
            }
            let numbers = try keys.integers()
            let entries = try Tensor.stack(values, like: .float32).converted(to: type)
            let order = numbers.indices.sorted { numbers[$0] < numbers[$1] }
            guard let sparseColumns else {
                return try context.pick(order, of: entries, [1, order.count])
            }
            try MemoryLimit.check(type, [1, sparseColumns])
            var places = try [Int](bounded: numbers.count, count: sparseColumns)
            for (index, key) in numbers.enumerated() {
                guard places.indices.contains(key) else {
                    throw HingeError(
                        .mismatch, "expected keys from 0 to \(sparseColumns - 1), found \(key)")
                }
                places[key] = index
            }
            let absent =
                type == .string
                ? try Tensor.vector(["0.f"]) : try Tensor(zeros: type, shape: [1])
            try context.pick(places, of: entries.appending(absent), [1, sparseColumns])
        }
    }
}

extension CastMap: UndifferentiatedOperator {
    /// Its input is a map.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its input is a map") }
}
