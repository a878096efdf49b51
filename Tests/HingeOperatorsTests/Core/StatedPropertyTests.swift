import HingeGraph
import Testing

@testable import HingeOperators

/// What operators state of themselves is what their evaluation does, for every registered operator.
@Suite("Stated properties") struct StatedPropertyTests {
    /// Whether an operator works on each element by itself for some of its inputs only, and so doesn't say so.
    private func dependsOnInputs(_ operation: any Operator) -> Bool {
        switch operation {
        case is DequantizeLinear, is QuantizeLinear: true
        // An update as long as the cache.
        case is TensorScatter: true
        case let reduction as any ReductionOperator: reduction.isIdentityWithoutAxes
        case let broadcasting as any BroadcastingOperator: broadcasting.legacy != nil
        default: false
        }
    }

    @Test("Locality is what evaluation does", arguments: Sample.all)
    func locality(_ sample: Sample) throws {
        let x = try sample.output()
        let first = try #require(sample.inputs[0])
        switch sample.operation.locality {
        case .elementwise:
            #expect(x.shape == first.shape)
            #expect(try sample.isLocal(permuting: [0]))
        case .broadcasting:
            let whole = try sample.expanded(to: x.shape)
            #expect(try whole.isLocal(permuting: Set(whole.inputs.indices)))
            #expect(try whole.output() == x)
        case .whole:
            guard !dependsOnInputs(sample.operation),
                !sample.isIdentity(), x.shape == first.shape
            else { return }
            let statement = Comment("\(sample.operation.id) should state its locality")
            #expect(try !sample.isLocal(permuting: [0]), statement)
            if sample.inputs.allSatisfy({ $0?.shape == x.shape }) {
                let isLocal = try sample.isLocal(permuting: Set(sample.inputs.indices))
                #expect(!isLocal, statement)
            }
        }
    }

    /// The operators without a sample, and why they have none.
    static let unsampled: [String: [String]] = [
        "they run bodies": ["Gradient", "If", "Loop", "Scan", "SequenceMap"],
        "they draw numbers": [
            "Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform",
            "RandomUniformLike",
        ],
        "they take or give sequences, maps or optional values": [
            "CastMap", "ConcatFromSequence", "DictVectorizer", "Optional",
            "SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert",
            "SequenceLength", "SplitToSequence", "ZipMap",
        ],
        "they take or give strings": [
            "CategoryMapper", "StringConcat", "StringNormalizer", "StringSplit",
        ],
        "its input is a file": ["ImageDecoder"],
        "they are older names of ScatterElements and Resize": ["Scatter", "Upsample"],
        "it has no inputs": ["Constant"],
    ]

    @Test("All operators have samples, but for those that are named")
    func coverage() {
        let sampled = Set(Sample.all.map(\.operation.id))
        // What those that others stand for do is stated by these.
        let rest = OperatorRegistry.standard.operators.filter {
            !sampled.contains($0.key) && !($0.value is any ComposedOperator.Type)
        }.keys
        #expect(rest.map(\.type).sorted() == Self.unsampled.values.flatMap { $0 }.sorted())
        for operatorType in OperatorRegistry.standard.operators.values
        where operatorType is any ElementwiseOperator.Type
            || operatorType is any BroadcastingOperator.Type
            || operatorType is any VariadicOperator.Type
        {
            let id = OperatorID(domain: operatorType.domain, type: operatorType.type)
            #expect(sampled.contains(id), "\(id)")
        }
    }

    @Test("What states to pass its input on gives it back", arguments: Sample.all)
    func identity(_ sample: Sample) throws {
        guard sample.isIdentity() else { return }
        #expect(try sample.output() == sample.inputs[0])
    }

    static let ones = Tensor(scalar: Float(1))
    static let x = Specimens.x

    /// Operators that pass `[2, 3, 4]` on.
    static let identities: [Sample] = [
        Sample(Identity(), [x]), Sample(Dropout(), [x]), Sample(Cast(to: .float32), [x]),
        Sample(CastLike(), [x, ones]), Sample(BitCast(to: .float32), [x]), Sample(Clip(), [x]),
        Sample(Reshape(shape: [2, -1, 4]), [x]), Sample(Flatten(axis: 1), [Specimens.slopes(2, 3)]),
        Sample(Squeeze(axes: []), [x]), Sample(Unsqueeze(axes: []), [x]),
        Sample(Expand(shape: [3, 1]), [x]), Sample(Tile(repeats: [1, 1, 1]), [x]),
        Sample(Transpose([0, 1, 2]), [x]), Sample(Pad(pads: [0, 0, 0, 0, 0, 0]), [x]),
        Sample(SliceOf(starts: [0], ends: [9], axes: [1]), [x]),
        Sample(SliceOf(starts: [0], ends: [9], axes: [1], steps: [1]), [x]),
        Sample(Concat(axis: 1), [x]), Sample(Split(axis: 1), [x]), Sample(Sum(), [x]),
        Sample(Max(), [x]), Sample(Min(), [x]), Sample(Mean(), [x]), Sample(Mul(), [x, ones]),
        Sample(Div(), [x, ones]), Sample(Pow(), [x, ones]),
        Sample(Sub(), [x, Tensor(scalar: Float(0))]), Sample(OptionalGetElement(), [x]),
    ]

    @Test("Identities are found", arguments: identities)
    func findsIdentity(_ sample: Sample) throws {
        #expect(sample.isIdentity())
        #expect(try sample.output() == sample.inputs[0])
    }

    /// Operators that look as if they passed `[2, 3, 4]` on.
    static let others: [Sample] = [
        Sample(Add(), [x, Tensor(scalar: Float(0))]),
        Sample(Sub(), [x, Tensor(scalar: -Float(0))]),
        Sample(Mul(), [Specimens.slopes(4), Specimens.slopes(2, 3, 4)]),
        Sample(Mul(), [Specimens.slopes(4), Tensor([1, 1] as [Float], shape: [2, 1])]),
        Sample(SliceOf(starts: [-1], ends: [-9], axes: [1], steps: [-1]), [x]),
        Sample(Transpose([0, 2, 1]), [x]), Sample(Cast(to: .float64), [x]),
        Sample(Clip(minimum: -100), [x]), Sample(Mul(), [ones, x]),
    ]

    @Test("What only looks like an identity isn't one", arguments: others)
    func findsNoIdentity(_ sample: Sample) {
        #expect(!sample.isIdentity())
    }

    /// Operators along axes of `[2, 3, 4]`.
    static let axisSamples: [Sample] = [
        Sample(Concat(axis: -1), [x, Specimens.above, Specimens.inside]),
        Sample(Squeeze(axes: [1]), [Specimens.slopes(2, 1, 4)]),
        Sample(Squeeze(axes: [-1, 0]), [Specimens.slopes(1, 4, 1)]),
        Sample(Unsqueeze(axes: [1, -1]), [x]),
        Sample(SliceOf(starts: [1, 0], ends: [9, 2], axes: [2, -3]), [x]),
        Sample(SliceOf(starts: [0, 1, 3], ends: [2, 3, 0], steps: [1, 1, -2]), [x]),
        Sample(Pad(pads: [1, 0, 2, 0, 1, 0]), [x]),
        Sample(
            Pad(), [x, .ints(1, 2), Tensor(scalar: Float(3)), .ints(1)]),
        Sample(Softmax(axis: 1), [x]), Sample(LogSoftmax(axis: -1), [x]),
        Sample(Hardmax(axis: 0), [x]),
        Sample(ReduceMax(axes: [0, -1], keepsDimensions: false), [x]),
        Sample(ReduceMean(axes: [1]), [x]), Sample(ReduceSum(), [x]),
        Sample(ReduceL2(axes: [2]), [x]),
    ]

    @Test("Forms under transpositions compute the same", arguments: axisSamples + Sample.all)
    func forms(_ sample: Sample) throws {
        guard let rank = sample.inputs[0]?.rank, rank == 3, sample.operation.locality == .whole
        else { return }
        let orders = [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        for permutation in orders.map({ Permutation($0) }) {
            // The operator's own axes are those of the transposed input.
            let back = permutation.inverse.order
            let context = sample.context()
            guard let form = sample.operation.form(under: permutation, context) else { continue }
            var inputs = sample.inputs
            for index in form.transposed { inputs[index] = try inputs[index]?.permuted(back) }
            for (index, tensor) in form.constants {
                while inputs.count <= index { inputs.append(nil) }
                inputs[index] = tensor
            }
            let found = try Sample(form.operation, inputs).output()
                .permuted(form.output.order)
            let expected = try sample.output()
            #expect(found.shape == expected.shape)
            // Sums are taken in another order.
            let isClose = try zip(found.doubles(), expected.doubles()).allSatisfy {
                abs($0 - $1) <= 1e-6 * max(1, abs($1)) || $0 == $1 || $0.isNaN && $1.isNaN
            }
            #expect(isClose, "\(permutation.order)")
        }
    }

    @Test("Operators along axes have a form under every transposition", arguments: axisSamples)
    func hasForm(_ sample: Sample) {
        #expect(sample.operation.form(under: Permutation([2, 0, 1]), sample.context()) != nil)
    }

    @Test("Aligned forms compute the same, by the one rule of broadcasting")
    func alignment() throws {
        var aligned: Set<String> = []
        var prelu = PRelu()
        prelu.hasChannelSlopes = true
        for sample in Sample.all + [Sample(prelu, [Specimens.x, Specimens.slopes(3)])] {
            guard let operation = sample.operation as? any AlignedOperator,
                let (form, dimensions) = operation.aligned(sample.context())
            else { continue }
            var inputs = sample.inputs
            inputs[1] = try inputs[1].map {
                try OperatorHarness.value(Unsqueeze(axes: dimensions), $0)
            }
            #expect(form.locality == .broadcasting)
            #expect(try Sample(form, inputs).output() == sample.output(), "\(sample)")
            aligned.insert(form.id.type)
        }
        #expect(aligned.isSuperset(of: ["Add", "Less", "Mul", "PRelu", "Pow"]))
    }

    @Test("Axes that are computed leave an operator where it is")
    func computedAxes() {
        let x = Inferred.tensor(.float32, [2, 3, 4])
        let ints = Inferred(constant: .ints(1))
        let unknown = Inferred.tensor(.int64, [1])
        let order = Permutation([2, 0, 1])
        let slice = InferenceContext(inputs: [x, ints, ints, unknown])
        #expect(SliceOf().form(under: order, slice) == nil)
        let pad = InferenceContext(inputs: [x, Inferred(constant: .ints(1, 1)), nil, unknown])
        #expect(Pad().form(under: order, pad) == nil)
        let sum = InferenceContext(inputs: [x, unknown])
        #expect(ReduceSum().form(under: order, sum) == nil)
    }

    @Test("Images are what slides a window, and what is told by name")
    func images() {
        let spatial = Sample.all.filter(\.operation.isSpatial).map(\.operation.id.type)
        #expect(
            Set(spatial).isSuperset(of: ["GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool"]))
        #expect(InstanceNormalization().isSpatial && !MatMul().isSpatial)
        #expect(Conv().isSpatial && !ChannelsLast(Conv()).isSpatial)
    }
}
