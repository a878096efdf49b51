import HingeGraph
