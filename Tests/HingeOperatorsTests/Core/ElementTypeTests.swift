import HingeGraph
import Testing

@testable import HingeOperators

/// Every operator of which there is a sample, in every element type that the standard lists for each of its type
/// parameters, gives outputs of the types that are inferred, and the numbers that it gives in a wider type.
@Suite("Element types") struct ElementTypeTests {
    /// A sample with the inputs of one type parameter in another element type.
    private struct Typed {
        let inputs: [Tensor?]
        /// Whether each input is of the type parameter.
        let isOwn: [Bool]

        /// Nothing if an input can't be written in the type, as words can't be in numbers.
        init?(_ sample: Sample, _ isOwn: [Bool], _ type: DataType) throws {
            self.isOwn = isOwn
            // The bits of another width have no such type.
            if let cast = sample.operation as? BitCast, cast.type.bitWidth != type.bitWidth {
                return nil
            }
            var inputs = sample.inputs
            for (index, input) in sample.inputs.enumerated() where isOwn[index] {
                guard let input else { continue }
                guard let tensor = try ElementTypeTests.tensor(input, type) else { return nil }
                let isDivisor = index == 1 && ["Div", "Mod"].contains(sample.operation.id.type)
                inputs[index] = isDivisor ? try tensor.withoutZeros() : tensor
            }
            self.inputs = inputs
        }

        private init(_ inputs: [Tensor?], _ isOwn: [Bool]) {
            self.inputs = inputs
            self.isOwn = isOwn
        }

        /// The same numbers in a wider type.
        func widened(to type: DataType) throws -> Typed {
            Typed(
                try zip(inputs, isOwn).map { input, isOwn in
                    isOwn ? try input?.converted(to: type) : input
                }, isOwn)
        }
    }

    /// A tensor's numbers as another type: rounded, held in its range, without signs where it has none.
    private static func tensor(_ tensor: Tensor, _ type: DataType) throws -> Tensor? {
        if tensor.dataType == type { return tensor }
        guard tensor.strings == nil, let numbers = try? tensor.doubles() else { return nil }
        switch type {
        case .string:
            return try Tensor(strings: numbers.map { ByteString("\($0)") }, shape: tensor.shape)
        case .complex64, .complex128:
            let parts = numbers.flatMap { [$0, $0 / 2] }
            let flat =
                type == .complex64
                ? Tensor(parts.map { Float($0) }, shape: [parts.count])
                : Tensor(parts, shape: [parts.count])
            return try flat.region.map {
                try Tensor(dataType: type, shape: tensor.shape, region: $0)
            }
        case .bool:
            return Tensor(numbers.map { $0 > 0 }, shape: tensor.shape)
        default:
            let values = numbers.map { number in
                type.quantizedRange.map { range in
                    min(
                        max(range.lowerBound < 0 ? number : abs(number), range.lowerBound),
                        range.upperBound)
                } ?? (type.isUnsigned ? abs(number) : number)
            }
            return try Tensor(values, shape: tensor.shape).converted(to: type)
        }
    }

    /// The schemas' operators, each with its samples.
    static let operators: [(id: OperatorID, samples: [Sample])] =
        Dictionary(grouping: Sample.all + more) { $0.operation.id }
        .map { ($0.key, $0.value) }
        .filter { !OperatorSchema.versions(domain: $0.0.domain, name: $0.0.type).isEmpty }
        .sorted { $0.0.description < $1.0.description }

    static let ids = operators.map(\.id)

    /// Samples for the types that those of other tests can't have, as their attributes are of another type.
    private static let more: [Sample] = {
        let x = Specimens.x
        let image = Specimens.slopes(1, 1, 2, 2)
        let tables = [DataType.float32, .float64, .int16, .int32, .string].compactMap { type in
            try? tensor(.ints(0, 1, 2), type).map {
                LabelEncoder(
                    LabelEncoder.Table(
                        keys: $0, values: Tensor([0.5, 2, -1] as [Float]),
                        defaultValue: Tensor([9] as [Float])))
            }
        }
        return tables.compactMap { $0 }.map { Sample($0, [.ints(2, 0, 7)]) } + [
            Sample(Clip(), [x]), Sample(Resize(.nearest, scales: [1, 2, 1]), [x]),
            Sample(GridSample(.nearest), [image, Specimens.slopes(1, 1, 2, 2)]),
            Sample(
                DequantizeLinear(outputType: .float32), [Specimens.unsigned, Specimens.scalar(0.5)]),
            Sample(Imputer(.whole(replaced: 0, by: [7])), [Specimens.whole]),
            Sample(OneHotEncoder(categories: .strings(["1.0", "2.0"])), [.ints(2, 0, 1)]),
        ]
    }()

    /// The types that the standard lists and that no sample of an operator runs in, by operator and type parameter.
    static let refused: [String: [DataType]] = [:]

    @Test("Runs in every type that the standard lists", arguments: ids)
    func runs(_ id: OperatorID) throws {
        let samples = try #require(Self.operators.first { $0.id == id }?.samples)
        let schema = try #require(
            OperatorSchema.versions(domain: id.domain, name: id.type).last)
        var messages: [String] = []
        let parameters = Set(schema.inputs.filter(\.isConstrained).map(\.typeName)).sorted()
        for parameter in parameters {
            var refused: [DataType] = []
            for type in DataType.allCases {
                var errors: [String] = []
                var isDone = false
                for sample in samples {
                    let isOwn = sample.inputs.indices.map { index in
                        let formal = schema.input(at: index)
                        return sample.inputs[index] != nil && formal?.typeName == parameter
                            && formal?.types.contains(type) == true
                    }
                    guard isOwn.contains(true), let typed = try Typed(sample, isOwn, type)
                    else { continue }
                    let place = "\(id).\(parameter) of \(type): \(sample.testDescription)"
                    do {
                        try check(sample, typed, schema, parameter, type, place)
                        isDone = true
                    } catch let error as HingeError {
                        errors.append("\(place): \(error)")
                    }
                }
                if !isDone, !errors.isEmpty {
                    refused.append(type)
                    messages += errors
                }
            }
            #expect(
                refused == Self.refused["\(id).\(parameter)"] ?? [],
                "\(id).\(parameter): \(messages.joined(separator: "; "))")
        }
    }

    private func check(
        _ sample: Sample, _ typed: Typed, _ schema: OperatorSchema, _ parameter: String,
        _ type: DataType, _ place: String
    ) throws {
        let found = try OperatorHarness.evaluate(sample.operation, typed.inputs)[0]
        let known = typed.inputs.map { $0.map { Inferred.tensor($0.dataType, Shape($0.shape)) } }
        let inferred = try OperatorHarness.infer(sample.operation, known)[0].type
        #expect(inferred?.dataType == found?.dataType, "\(place): inferred")
        let output = schema.outputs[0]
        guard let found else { return }
        #expect(output.types.contains(found.dataType), "\(place): \(found.dataType)")
        if output.isConstrained, output.typeName == parameter {
            #expect(found.dataType == type, "\(place)")
        }
        let wide: DataType = type.isInteger ? .int64 : .float32
        guard type != wide, type != .uint64, type.isInteger || type.isFloatingPoint,
            schema.inputs.first(where: { $0.typeName == parameter })?.types.contains(wide) == true
        else { return }
        let widened = try typed.widened(to: wide)
        // A sample whose attributes are of the type has no wider form.
        guard
            let sum = try? OperatorHarness.evaluate(sample.operation, widened.inputs)[0],
            found.strings == nil, sum.strings == nil
        else { return }
        let expected = try sum.converted(to: found.dataType)
        #expect(expected.shape == found.shape, "\(place)")
        guard !found.dataType.isFloatingPoint else {
            let step = Self.step(of: type)
            let (values, goals) = (try found.doubles(), try expected.doubles())
            let isClose = zip(values, goals).allSatisfy { a, b in
                a == b || a.isNaN && b.isNaN || abs(a - b) <= step * max(abs(b), 0.25)
            }
            #expect(isClose, "\(place): \(values), and not \(goals)")
            return
        }
        #expect(found == expected, "\(place)")
    }

    /// Two units in the last place, of numbers from 1 to 2.
    private static func step(of type: DataType) -> Double {
        switch type {
        case .float16: 0x1p-9
        case .bfloat16: 0x1p-6
        case .float64: 0x1p-20
        default: type.isInteger ? 0x1p-20 : 0.5
        }
    }

    /// Every pair of types that the standard lists for a cast, through numbers that all types but one hold.
    @Test("Casts between all types", arguments: DataType.allCases)
    func casts(_ source: DataType) throws {
        let schema = try #require(OperatorSchema.versions(domain: "", name: "Cast").last)
        guard schema.inputs[0].types.contains(source) else { return }
        let numbers = [1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1]
        let x = try Tensor(numbers.map { Float($0) }, shape: [11]).converted(to: source)
        #expect(x.dataType == source)
        for target in schema.outputs[0].types.dataTypes {
            let y = try OperatorHarness.value(Cast(to: target), x)
            #expect(y.dataType == target)
            // There is no 0 among the powers of two.
            let expected = numbers.map {
                [source, target].contains(.float8e8m0) && $0 == 0 ? 0x1p-127 : Double($0)
            }
            if source == .bool, target == .string {
                #expect(y.strings == numbers.map { $0 == 0 ? "False" : "True" })
                continue
            }
            let found = try y.converted(to: .float64).doubles()
            let goal = expected.map { number in
                if target == .bool { return number == 0 ? 0.0 : 1 }
                return target.isInteger ? number.rounded(.towardZero) : number
            }
            // Only types with 8 bits of exponent have a number that is as small.
            let isSame = zip(found, goal).allSatisfy { $0 == $1 || $1 == 0x1p-127 && $0 == 0 }
            #expect(isSame, "\(source) to \(target): \(found)")
        }
    }

    @Test("The standard's numbers of element types are known")
    func numbers() {
        #expect(DataType.allCases.count == 28)
        #expect(Set(DataType.allCases.map(\.number)) == Set(1...28))
        for type in DataType.allCases { #expect(DataType(number: type.number) == type) }
    }
}

extension DataType {
    fileprivate var isUnsigned: Bool {
        [.uint8, .uint16, .uint32, .uint64, .uint4, .uint2, .float8e8m0].contains(self)
    }
}

extension Tensor {
    /// The numbers with 1 in place of 0.
    fileprivate func withoutZeros() throws -> Tensor {
        guard let numbers = try? doubles() else { return self }
        return try Tensor(numbers.map { $0 == 0 ? 1 : $0 }, shape: shape).converted(to: dataType)
    }
}
