import HingeGraph
import HingeOperators

/// What a graph means: steps that hold an operator in its typed, newest form, and the slots that they read and write.
///
/// A ``Graph`` is what a file says, name by name and version by version. A program is made from it at whatever
/// versions its nodes are written in, is changed by passes, which know no version, and is spelled as a graph again at
/// whatever versions are wanted. A step that nothing touched is written back as its node was.
///
/// Each slot takes one value, which at most one step gives. Steps stand in topological order. A step that runs
/// subgraphs has them as programs of its own, its bodies.
public struct Program: Sendable {
    /// A place for one value: an index into ``slots``.
    public typealias SlotID = Int
    /// A step: an index into ``steps``.
    public typealias StepID = Int

    /// The steps, in topological order.
    public internal(set) var steps: [Step] = []
    /// The places for values.
    public internal(set) var slots: [Slot] = []
    /// What is known of the value of each slot.
    public internal(set) var facts: [Inferred] = []
    /// The slots of the inputs.
    public internal(set) var inputs: [SlotID] = []
    /// The slots of the outputs.
    public internal(set) var outputs: [SlotID] = []
    /// In a body, the slots that take values of the program around it.
    public internal(set) var captures: [SlotID] = []
    /// The slots that have a value before the first step, in the order of the file: weights.
    public internal(set) var initializers: [SlotID] = []
    /// What the graph holds besides nodes.
    var frame: Graph
    /// The versions that the steps' nodes are written in, and that the program is spelled in unless somebody asks
    /// for others.
    var versions: OperatorVersions
    /// What types, shapes and constants follow from.
    var premise = Premise()
    /// Whether functions of the model may be called.
    var hasCalls = false
    /// Whether it is a body of a control-flow step.
    var isBody = false
    /// Whether the program may be written as a graph again.
    package internal(set) var isWritable = true
    /// The limit of constants with which what is known of the values was inferred from the steps as they are; `nil`
    /// when it wasn't.
    var inferredLimit: Int?
    /// Initializers that nothing used in the first place; they stay unless somebody removes them.
    var idle: Set<SlotID> = []

    /// What types, shapes and constants follow from.
    struct Premise: Sendable {
        var options = InferenceOptions()
        var symbols: [String: Shape.Dimension] = [:]
        /// What is known of the inputs, by position.
        var inputs: [Inferred?] = []
    }

    init(_ graph: Graph, _ versions: OperatorVersions) {
        frame = graph
        frame.nodes = []
        self.versions = versions
    }
}

extension Program {
    /// One application of an operator.
    ///
    /// A step is one reference, since passes copy steps often; a change copies what others hold too.
    public struct Step: Sendable {
        private var box: Box

        private struct Contents: Sendable {
            var operation: any Operator
            var inputs: [SlotID?]
            var outputs: [SlotID?]
            var bodies: [Body] = []
            let name: String
            var source: Source?
            var replaced: [Step] = []
            var places: [HingeError.Place]
            let salt: UInt64
        }

        /// Changed only while a single step holds it.
        private final class Box: @unchecked Sendable {
            var contents: Contents

            init(_ contents: Contents) { self.contents = contents }
        }

        init(
            operation: any Operator, inputs: [SlotID?], outputs: [SlotID?], bodies: [Body] = [],
            name: String, source: Source?, places: [HingeError.Place], salt: UInt64
        ) {
            box = Box(
                Contents(
                    operation: operation, inputs: inputs, outputs: outputs, bodies: bodies,
                    name: name, source: source, places: places, salt: salt))
        }

        private mutating func makeUnique() {
            if !isKnownUniquelyReferenced(&box) { box = Box(box.contents) }
        }

        /// The operator.
        public internal(set) var operation: any Operator {
            get { box.contents.operation }
            set {
                makeUnique()
                box.contents.operation = newValue
            }
        }
        /// The slots of the inputs; `nil` for an absent one.
        ///
        /// What an older spelling held as an attribute is an input like others.
        public internal(set) var inputs: [SlotID?] {
            get { box.contents.inputs }
            _modify {
                makeUnique()
                yield &box.contents.inputs
            }
        }
        /// The slots of the outputs; `nil` for one that nobody asked for.
        public internal(set) var outputs: [SlotID?] {
            get { box.contents.outputs }
            _modify {
                makeUnique()
                yield &box.contents.outputs
            }
        }
        /// The programs that the operator runs.
        public internal(set) var bodies: [Body] {
            get { box.contents.bodies }
            _modify {
                makeUnique()
                yield &box.contents.bodies
            }
        }
        /// The name of the node; may be empty.
        public var name: String { box.contents.name }
        /// The node that the step was made from, and how it was written; `nil` for a step that a pass made.
        var source: Source? {
            get { box.contents.source }
            set {
                makeUnique()
                box.contents.source = newValue
            }
        }
        /// The steps that this one took the place of, in order, where the version that the program was written in
        /// doesn't have its operator: there it is written as it was.
        var replaced: [Step] {
            get { box.contents.replaced }
            _modify {
                makeUnique()
                yield &box.contents.replaced
            }
        }
        /// The node, after the nodes that called the functions it stands in.
        package var places: [HingeError.Place] { box.contents.places }
        /// Tells the random numbers of this step from those of others.
        package var salt: UInt64 { box.contents.salt }

        /// Puts the step into the place of another, which runs it.
        mutating func move(into places: [HingeError.Place]) {
            makeUnique()
            box.contents.places = places + box.contents.places
        }

        /// The slots that the step reads, those that its bodies read included.
        public var used: [SlotID] {
            let used = inputs.compactMap { $0 }
            return bodies.isEmpty ? used : used + bodies.flatMap(\.captured)
        }

        /// The slots that the step, or what it took the place of, reads.
        var usedInAnyForm: [SlotID] {
            replaced.isEmpty ? used : used + replaced.flatMap(\.usedInAnyForm)
        }
    }

    /// How a node was written.
    struct Source: Sendable {
        var node: Node
        /// The version of the node's domain.
        let version: Int
    }

    /// A program that a step runs, and the slots around it whose values it reads.
    public struct Body: Sendable {
        /// The attribute of the node that held it: `then_branch`.
        public let attribute: String
        /// The program.
        public internal(set) var program: Program
        /// The slots of the program around it that ``Program/captures`` take their values from, one for one.
        public internal(set) var captured: [SlotID]
    }

    /// A place for one value.
    public struct Slot: Sendable {
        /// The name of the value in the file; `nil` for one that has none there.
        public internal(set) var name: String?
        /// The beginning of the name that a value without one gets.
        var hint = ""
        /// The type that the file states.
        public internal(set) var stated: ValueType?
        /// The value before the first step.
        public internal(set) var initial: Value?
        /// Whether that value is the same in every run: it isn't the default of an input.
        public internal(set) var isFixed = false

        init(name: String? = nil, hint: String = "", stated: ValueType? = nil) {
            self.name = name
            self.hint = hint
            self.stated = stated
        }
    }

    /// Adds a slot.
    mutating func add(_ slot: Slot, _ fact: Inferred) -> SlotID {
        slots.append(slot)
        facts.append(fact)
        return slots.count - 1
    }

    /// Whether each slot is used by a step, or is an output.
    var isUsed: [Bool] {
        var isUsed = [Bool](repeating: false, count: slots.count)
        for slot in outputs { isUsed[slot] = true }
        for step in steps {
            for slot in step.used { isUsed[slot] = true }
        }
        return isUsed
    }

    /// Remembers which initializers nothing uses.
    mutating func noteUnusedInitializers() {
        guard !initializers.isEmpty else { return }
        let isUsed = isUsed
        idle = Set(initializers.filter { !isUsed[$0] })
    }

    /// Adds a slot with a constant that no file names.
    mutating func addConstant(_ tensor: Tensor, hint: String) -> SlotID {
        var slot = Slot(hint: hint, stated: .tensor(tensor.dataType, Shape(tensor.shape)))
        slot.initial = .tensor(tensor)
        slot.isFixed = true
        return add(slot, Inferred(constant: tensor))
    }

    /// The value of a slot, if it is a constant.
    public func constant(_ slot: SlotID) -> Tensor? { facts[slot].constant }

    /// The slot of a value of the file by its name, the last that has it.
    public func slot(named name: String) -> SlotID? {
        slots.lastIndex { $0.name == name }
    }

    /// The slots by the names that the file has for them.
    public var slotsByName: [String: SlotID] {
        Dictionary(
            slots.indices.compactMap { slot in slots[slot].name.map { ($0, slot) } },
            uniquingKeysWith: { first, _ in first })
    }
}

extension Program.Step {
    /// The beginning of a name for a constant input: that of an output, and what the standard calls the input.
    func hint(_ output: String, inputAt position: Int) -> String {
        let schema = OperatorSchema.find(
            domain: operation.id.domain, name: operation.id.type, opset: .max)
        let parameter = schema?.input(at: position)?.name
        return "\(output.isEmpty ? operation.id.type : output)_\(parameter ?? "constant")"
    }
}
