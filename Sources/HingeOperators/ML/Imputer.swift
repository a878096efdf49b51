import HingeGraph

/// Replaces the elements of `[…, F]` that equal a value, perhaps NaN, by another: one for all, or one for each of F
/// features.
///
/// Source: ONNX ml Imputer 1.
public struct Imputer: MachineLearningOperator {
    /// What is replaced, and by what.
    public enum Values: Sendable, Hashable {
        /// In `float32` or `float64`.
        case real(replaced: Float, by: [Float])
        /// In `int32` or `int64`.
        case whole(replaced: Int, by: [Int])
    }

    /// What is replaced, and by what.
    public var values: Values

    /// Creates the operator.
    public init(_ values: Values) {
        self.values = values
    }
}

public extension Imputer {
    static let type = "Imputer"

    init(_ node: NodeReader) throws {
        switch (
            try node.numberList("imputed_value_floats"),
            try node.integerList("imputed_value_int64s")
        ) {
        case (let floats?, nil):
            values = .real(
                replaced: try node.float("replaced_value_float", default: 0), by: floats)
        case (nil, let integers?):
            values = .whole(
                replaced: try node.int("replaced_value_int64", default: 0), by: integers)
        default: throw node.oneOf("imputed_value_floats", "imputed_value_int64s")
        }
    }

    func spell(_ speller: inout Speller) {
        switch values {
        case .real(let replaced, let floats):
            speller.emit(
                Self.type,
                [
                    .floats("imputed_value_floats", floats),
                    .float("replaced_value_float", replaced),
                ])
        case .whole(let replaced, let integers):
            speller.emit(
                Self.type,
                [
                    .ints("imputed_value_int64s", integers),
                    .int("replaced_value_int64", replaced),
                ])
        }
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if count != 1, let shape = context.shape(0) {
            let columns = shape.dimensions.last?.extent ?? (shape.rank == 0 ? 1 : count)
            try context.require(columns == count, unfit(columns))
        }
        return context.same()
    }

    var inPlaceInputs: [Int] { [0] }

    var locality: Locality { count == 1 ? .elementwise : .whole }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        switch values {
        case .real(let replaced, _): [0: .near(replaced.isFinite ? [Double(replaced)] : [])]
        case .whole(let replaced, _): [0: .near([Double(replaced)])]
        }
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        let columns = x.shape.last ?? 1
        guard count == 1 || columns == count else { throw HingeError(.mismatch, unfit(columns)) }
        switch (x.dataType, values) {
        case (.float32, .real(let replaced, let floats)):
            return kernel(x.shape, floats) { $0 == replaced || $0.isNaN && replaced.isNaN }
        case (.float64, .real(let replaced, let floats)):
            let number = Double(replaced)
            return kernel(x.shape, floats.map { Double($0) }) {
                $0 == number || $0.isNaN && number.isNaN
            }
        case (.int64, .whole(let replaced, let integers)):
            return kernel(x.shape, integers.map { Int64($0) }) { $0 == Int64(replaced) }
        case (.int32, .whole(let replaced, let integers)):
            let narrow = try integers.map { value in
                guard let element = Int32(exactly: value) else {
                    throw HingeError(.mismatch, "\(value) does not fit int32")
                }
                return element
            }
            return kernel(x.shape, narrow) { Int64($0) == Int64(replaced) }
        default:
            throw HingeError(
                .mismatch, "\(x.dataType) elements are not what the values to impute are")
        }
    }
}

extension Imputer {
    private var count: Int {
        switch values {
        case .real(_, let values): values.count
        case .whole(_, let values): values.count
        }
    }

    private func unfit(_ columns: Int) -> String {
        "expected one value or one for each of \(columns) features, found \(count)"
    }

    private func kernel<T: TensorElement>(
        _ shape: [Int], _ values: [T], _ isReplaced: @escaping @Sendable (T) -> Bool
    ) -> Kernel {
        { context in
            let x = try context.input(0)
            let y = try context.output(0, T.dataType, shape)
            try x.withUnsafeElements(of: T.self) { x in
                try y.withUnsafeElements(of: T.self) { y in
                    for index in x.indices {
                        y[index] =
                            isReplaced(x[index]) ? values[index % values.count] : x[index]
                    }
                }
            }
        }
    }
}

extension Imputer: UndifferentiatedOperator {
    /// The derivative of learned models of ai.onnx.ml is not built.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("the derivative of learned models of ai.onnx.ml is not built")
    }
}
