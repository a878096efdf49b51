#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// Emits a primitive whose result has the layout of its input, which it may write over.
        ///
        /// It is tried in the layout that the input has, and then on row-major memory.
        ///
        /// - Parameters:
        ///   - flat: The type of the input as the primitive sees it; another shape asks for row-major memory.
        ///   - source: A bound of what the primitive computes.
        ///   - isForFiniteOnly: Whether the primitive is right for finite numbers only.
        ///   - rowCount: The length of rows that each need one finite number; `nil` where all must be finite.
        ///   - extra: Arguments besides input and output.
        func lowerInPlace(
            _ node: LoweredNode, _ x: TensorInput, _ flat: TensorType,
            _ source: @escaping MagnitudeRule.Source, isForFiniteOnly: Bool = false,
            rowCount: Int? = nil,
            extra: () throws -> [PrimitiveStep.Argument] = { [] },
            _ make: (Descriptor) throws -> Primitive?
        ) throws -> Bool {
            let present = try descriptor(x.slot)
            let plain = try Descriptor.plain(flat.of(present.dataType ?? .float32))
            var forms: [(descriptor: Descriptor, view: Descriptor?)] = [(plain, plain)]
            if flat == x.type {
                forms = present.isPlain ? [(present, nil)] : [(present, nil), (plain, nil)]
            }
            for form in forms {
                guard let primitive = try make(form.descriptor), !primitive.isSlow else { continue }
                let input = try argument(
                    DNNL_ARG_SRC, x.slot, form.descriptor, view: form.view)
                let arguments = try [input] + extra()
                var rule = MagnitudeRule(source: source, arguments: arguments.map(\.buffer))
                rule.isForFiniteOnly = form.descriptor.isPadded || isForFiniteOnly
                rule.rowCount = form.descriptor.isPlain ? rowCount : nil
                let target = addBuffer(
                    byteCount: form.descriptor.byteCount, over: arguments, after: [node.index])
                emit(
                    primitive, arguments,
                    .init(id: DNNL_ARG_DST, buffer: target, descriptor: form.descriptor), rule,
                    [node.index])
                if flat == x.type {
                    try define(node.output, node.type, target, form.descriptor)
                } else {
                    try defineFlat(node.output, node.type, target, form.descriptor)
                }
                finish(node.index)
                return true
            }
            return false
        }

        /// A buffer for a result: the memory of the first argument, of the same layout, if that may be overwritten.
        func addBuffer(
            byteCount: Int, over arguments: [PrimitiveStep.Argument], after finished: [Int]
        ) -> BufferID {
            let first = arguments[0].buffer
            let isFree = mayOverwrite(
                first, reading: arguments.map(\.buffer), after: finished)
            return addBuffer(byteCount: byteCount, in: isFree ? first : nil)
        }
    }
#endif
