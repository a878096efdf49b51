import HingeGraph
import HingeOperators

/// A Keras layer: its configuration, typed.
///
/// Each class is a struct in a file of its own, and has duties in both directions: it reads its
/// configuration, whatever generation of Keras wrote it (``LegacyConfig`` has translated the keys
/// of old ones), names its variables in the order in which files hold them, builds itself from
/// operators, and writes its configuration. The weights themselves stand beside it in both
/// directions.
///
/// `LeakyReLU` is the one to imitate for a layer without weights, `Dense` for one with.
protocol KerasLayer: Sendable {
    /// The class, as configurations of Keras 3 name it.
    static var className: String { get }

    /// The other classes that the same struct reads.
    static var otherClassNames: [String] { get }

    /// Reads the configuration.
    ///
    /// - Throws: ``HingeError`` with the field as its context.
    init(_ config: ConfigReader) throws

    /// The variables, in the order in which files hold them.
    var variables: LayerVariables { get }

    /// What becomes of the mask of the first input, in all versions that have the layer.
    var masking: Masking { get }

    /// What becomes of the mask of the first input in a version; ``masking`` unless versions differ.
    func masking(in semantics: KerasSemantics) -> Masking

    /// Whether floating-point inputs are converted to the type that the layer computes in.
    var castsInputs: Bool { get }

    /// Builds the layer for one call.
    ///
    /// - Throws: ``HingeError`` when the inputs or the weights don't fit, or the layer can't be
    ///   expressed.
    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue]

    /// Writes the configuration: the required fields, and those that differ from their defaults.
    func write(_ config: inout ConfigWriter)
}

extension KerasLayer {
    static var otherClassNames: [String] { [] }
    var variables: LayerVariables { LayerVariables() }
    var masking: Masking { .drop }
    func masking(in semantics: KerasSemantics) -> Masking { masking }
    var castsInputs: Bool { true }
}

/// A layer that takes one tensor and gives one.
protocol UnaryKerasLayer: KerasLayer {
    /// Builds the layer for one call.
    ///
    /// - Throws: ``HingeError`` when the input or the weights don't fit, or the layer can't be
    ///   expressed.
    func build(_ x: Operand, _ context: LayerContext) throws -> Operand
}

extension UnaryKerasLayer {
    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        [KerasValue(try build(try call.input().operand, context))]
    }
}

/// A value of the graph under construction.
typealias Operand = GraphBuilder.Operand

/// What becomes of an input's mask.
enum Masking: Sendable {
    /// The outputs have none.
    case drop
    /// The outputs have that of the first input.
    case keep
    /// The layer sets the masks of its outputs itself.
    case own
}

/// The variables of a layer, in the order in which files hold them: first its own, then those of
/// the layers inside it.
struct LayerVariables: Sendable {
    /// One variable.
    struct Variable: Sendable {
        /// The name that this project and newer files use.
        var name: String
        /// The names that other files use.
        var otherNames: [String] = []
        /// Whether training changes it, unless the layer is frozen.
        var isTrainable = true
        /// Whether it is another variable once more, which only `.weights.h5` files have twice.
        var isRepeated = false
    }

    /// The variables of a layer inside the layer.
    struct Group: Sendable {
        /// The name by which the outer layer refers to it.
        var name: String
        /// Where `.weights.h5` files keep it.
        var location: Location
        /// Its variables.
        var variables: LayerVariables
        /// Whether the layer inside may be trained.
        var isTrainable = true
        /// How the names of its variables in legacy files tell it from the layers beside it.
        var label = Label.none
    }

    /// How the name of a variable in a legacy file, `bidirectional/forward_lstm/lstm_cell/kernel:0`,
    /// tells which layer inside another the variable belongs to.
    enum Label: Sendable, Equatable {
        /// Not at all.
        case none
        /// By a part that is the layer's name.
        case name(String)
        /// By a part that begins like this.
        case prefix(String)
    }

    /// Where a `.weights.h5` file keeps the variables of a layer inside another.
    enum Location: Sendable, Equatable {
        /// In a group named after an attribute of the outer layer; versions differ in the name.
        case attribute([String])
        /// In a list, `layers` or `cells`, under a name that is made from the class and a counter.
        case listed(list: String, className: String)
    }

    /// The layer's own variables: first those that training changes, then the others.
    var own: [Variable] = []
    /// The variables of the layers inside, in order.
    var groups: [Group] = []

    /// Creates a list of variables that training changes.
    init(_ names: [String] = [], fixed: [String] = [], groups: [Group] = []) {
        own =
            names.map { Variable(name: $0) }
            + fixed.map { Variable(name: $0, isTrainable: false) }
        self.groups = groups
    }

    /// The number of variables, those of the groups included.
    var count: Int { groups.reduce(own.count) { $0 + $1.variables.count } }
}
