#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// A function of one number as oneDNN has it, and what is known of its values.
    struct ElementFunction: Sendable {
        /// oneDNN's name of the function; what `alpha` and `beta` are depends on it.
        let kind: dnnl_alg_kind_t
        var alpha: Float = 0
        var beta: Float = 0
        /// Whether the function is right where a parameter is infinite.
        var allowsInfiniteParameters = false
        /// Whether oneDNN's form of the function may lose a NaN or an infinity, on some processor.
        var isForFiniteOnly = true
        /// Whether it gives finite numbers for all finite ones but the largest.
        var keepsFinite = true
        /// How large its values are at most where its arguments are at most so large.
        let bound: @Sendable (Float) -> Float

        /// `scale · x + offset`.
        static func linear(scale: Float, offset: Float = 0) -> ElementFunction {
            ElementFunction(
                kind: dnnl_eltwise_linear, alpha: scale, beta: offset, isForFiniteOnly: false
            ) { $0 * abs(scale) + abs(offset) }
        }
    }

    /// A lowering of an operator that gives each element of its one input a new value by itself: a function of oneDNN, or
    /// several in a row.
    ///
    /// oneDNN's function must be as good as the operator's own evaluation. Some aren't: its exponential never becomes
    /// infinite; Elu near 0, and Softplus and Mish far below it, lose all their digits.
    protocol ElementwiseLowering: Lowering {
        /// The functions, one after the other; `nil` where oneDNN has none.
        static func functions(
            _ operation: Operation, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]?

        /// The function `x · f(x)`, where f is the operator; `nil` where oneDNN has none.
        static func gated(_ operation: Operation) -> ElementFunction?
    }

    extension ElementwiseLowering {
        static func gated(_ operation: Operation) -> ElementFunction? { nil }

        /// ``gated(_:)`` of an operator of any type.
        static func gatedFunction(_ operation: any Operator) -> ElementFunction? {
            (operation as? Operation).flatMap(gated)
        }

        /// The functions that are right for the numbers that the plan is for.
        private static func usableFunctions(
            _ operation: Operation, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            guard let functions = functions(operation, node, builder),
                functions.allSatisfy({
                    $0.allowsInfiniteParameters || ($0.alpha + $0.beta).isFinite
                }), !builder.options.isCareful || !functions.contains(where: \.isForFiniteOnly)
            else { return nil }
            return functions
        }

        static func postOperations(
            _ operation: Operation, _ node: LoweredNode, on slot: Int, _ builder: PlanBuilder
        ) -> [Link.Operation]? {
            guard node.step.inputs.first == slot else { return nil }
            return usableFunctions(operation, node, builder)?.map { .function($0) }
        }

        /// In whatever layout the input has, over it where nobody needs it later.
        static func lower(
            _ operation: Operation, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard let functions = usableFunctions(operation, node, builder),
                let x = builder.tensorInput(node, 0), x.type == node.type
            else { return false }
            let source = try builder.descriptor(x.slot)
            var primitives: [Primitive] = []
            for function in functions {
                let primitive = try builder.elementwisePrimitives.primitive(function, source)
                guard let primitive else { return false }
                primitives.append(primitive)
            }
            var input = try builder.buffer(x.slot, as: source)
            let overwrites = builder.mayOverwrite(input, reading: [input], after: [node.index])
            var owner = overwrites ? input : nil
            for (primitive, function) in zip(primitives, functions) {
                let target = builder.addBuffer(byteCount: source.byteCount, in: owner)
                var rule = MagnitudeRule(source: MagnitudeRule.largest, arguments: [input])
                rule.operations = [.function(function)]
                rule.isForFiniteOnly = source.isPadded
                builder.emit(
                    primitive, [.init(id: DNNL_ARG_SRC, buffer: input, descriptor: source)],
                    .init(id: DNNL_ARG_DST, buffer: target, descriptor: source), rule,
                    [node.index])
                (input, owner) = (target, target)
            }
            try builder.define(node.output, node.type, input, source)
            builder.finish(node.index)
            return true
        }
    }

    /// The primitives of functions that a plan already has, since models repeat themselves.
    struct ElementwisePrimitives {
        private var known: [Key: (layout: Descriptor, primitive: Primitive)] = [:]

        private struct Key: Hashable {
            let kind: UInt32
            let parameters: [Float]
            let layout: ObjectIdentifier
        }

        /// The primitive of a function in a layout; `nil` where oneDNN has none that is worth it.
        mutating func primitive(
            _ function: ElementFunction, _ layout: Descriptor
        ) throws -> Primitive? {
            let key = Key(
                kind: function.kind.rawValue, parameters: [function.alpha, function.beta],
                layout: ObjectIdentifier(layout))
            if let found = known[key] { return found.primitive }
            let made = try Primitive.make {
                dnn_eltwise(
                    $0, $1, function.kind, function.alpha, function.beta, layout.handle, $2)
            }
            guard let made, !made.isSlow else { return nil }
            known[key] = (layout, made)
            return made
        }
    }

    extension PlanBuilder {
        /// An operator's own evaluation of an elementwise function that keeps 0, on memory in blocks as it stands.
        func lowerFlat(_ node: LoweredNode) throws -> Bool {
            guard node.step.inputs.count == 1, let x = tensorInput(node, 0), x.type == node.type
            else { return false }
            let layout = try descriptor(x.slot)
            guard !layout.isPlain, layout.layout != nil, layout.dataType == .float32,
                node.step.operation.keepsZero
            else { return false }
            let input = try buffer(x.slot, as: layout)
            let flat = TensorType(dataType: .float32, shape: [layout.byteCount / 4])
            let overwrites = mayOverwrite(input, reading: [input], after: [node.index])
            let target = addBuffer(byteCount: layout.byteCount, in: overwrites ? input : nil)
            emit(
                EvaluateStep(
                    index: node.index, name: node.step.name, operation: node.step.operation,
                    places: node.step.places, inputs: [.memory(input, flat)],
                    outputs: [.memory(target, flat)], bodies: [], captured: [],
                    salt: node.step.salt, owner: options.owner),
                reads: [input], writes: [target])
            try define(node.output, node.type, target, layout)
            finish(node.index)
            return true
        }
    }

    extension Operator {
        /// Whether each element has a new value by itself, and zeros, which fill up blocks, stay zeros.
        fileprivate var keepsZero: Bool {
            guard locality == .elementwise, isDeterministic, aliasedInput == nil else {
                return false
            }
            var context = EvaluationContext(inputs: [.tensor(Tensor([0] as [Float]))])
            guard (try? evaluate(&context)) != nil, let y = context.outputs[0]?.tensor else {
                return false
            }
            return (try? y.array(of: Float.self)) == [0]
        }
    }
#endif
